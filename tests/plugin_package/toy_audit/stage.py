"""A second look at the classes of which the network is least sure."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from audit.images.png import png, read_picture
from audit.records import Captioned, Details, PictureRow, Table, Text
from audit.records.record import UnitBody
from audit.records.unit_records import UnitRecord
from audit.stages import Computed, Context, Reduced
from audit.stages.artifacts import chosen_natural


class Mirrored(UnitBody):
    """The probability of each class on its picture seen in a mirror."""

    probabilities: dict[int, float]
    files: dict[int, str]


class Mirror:
    """Of so many classes as `[plugins.mirror] classes` says; two where it does not."""

    name = "mirror"
    version = 1
    inputs: tuple[str, ...] = ("pictures",)
    together = "no"
    body = Mirrored

    def of(self, context: Context) -> str:
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        return {}

    def units(self, context: Context, records: Sequence[UnitRecord]) -> list[tuple[int, ...]]:
        chosen = chosen_natural(records, context.classes)
        unsure = sorted(chosen, key=lambda index: chosen[index].probability)
        return [(index,) for index in unsure[: self.settled(context).get("classes", 2)]]

    def views(self, context: Context) -> float:
        return 2 / 3

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Any
    ) -> Computed:
        (index,) = items
        picture = read_picture(context.folder / chosen_natural(inputs, items)[index].file, 3)
        seen = picture.flip(-1)
        answer = context.classifier.logits(seen[None]).softmax(1)[0, index]
        tick(1 / 3)
        file = f"images/mirror/{index}.png"
        body = Mirrored(probabilities={index: float(answer)}, files={index: file})
        return Computed(body, 1 / 3, {file: png(seen)})

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        own = [record.body for record in records if isinstance(record.body, Mirrored)]
        names = {label.index: label.name for label in context.classifier.classes}
        rows = [[names[i], p] for body in own for i, p in body.probabilities.items()]
        pictures = [
            Captioned(file=file, caption=f"{names[i]} <in a mirror>")
            for body in own
            for i, file in body.files.items()
        ]
        blocks = [
            Table(columns=["class", "probability"], rows=rows, units=["", "of 1"]),
            PictureRow(pictures=pictures),
            Text(text="Left & right are <b>not</b> the same."),
        ]
        return Reduced(details=Details(title="Mirror <test>", note="Two classes.", blocks=blocks))

    def settled(self, context: Context) -> Mapping[str, Any]:
        """Its table of the configuration."""
        return context.config.plugins.get(self.name, {})


STAGE = Mirror()
