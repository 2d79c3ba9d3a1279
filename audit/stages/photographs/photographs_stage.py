"""Stage: what the network answers on every photograph, and what it does on the way there."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from audit.classifier.margins import finite_answers, probabilities
from audit.classifier.watched_layers import PENULTIMATE, watch, watched_layers
from audit.photos import Entry, read
from audit.records import Photograph, Prediction
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PhotographsUnit, UnitRecord
from audit.stages.artifacts import pack
from audit.stages.photographs.photographs_reduction import class_photographs, photographs_info
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Tick, Together, chunks


class Photographs:
    """A batch of photographs at a time: one forward pass each."""

    name = "photographs"
    version = 3
    inputs: tuple[str, ...] = ()
    together: Together = "stored"
    body: type[UnitBody] = PhotographsUnit

    def of(self, context: Context) -> Items:
        """Photographs."""
        return "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """How many layers are watched; the preprocessing and the photographs' bytes are in every key."""
        return {"layers": context.config.reliability.layers}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches in the order of the set."""
        if context.photos is None:
            return []
        return chunks(range(len(context.photos.entries)), context.config.photographs.batch)

    def views(self, context: Context) -> float:
        """One forward pass for each photograph."""
        return FORWARD * len(context.photos.entries) if context.photos else 0.0

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Decode, ask, and keep logits, penultimate features and what the watched layers did."""
        assert context.photos is not None
        classifier = context.classifier
        photographs = read([context.photos.entries[i] for i in items], classifier.input)
        indices = photographs.indices
        logits, depths = torch.zeros(0, len(classifier.classes)), dict[str, Tensor]()
        if indices:
            watched = watched_layers(classifier, context.config.reliability.layers)
            logits, seen = watch(classifier, photographs.images.to(classifier.device), watched)
            logits, depths = logits.cpu(), {name: rows.cpu() for name, rows in seen.items()}
        features = depths.pop(PENULTIMATE, torch.zeros(0, 0))
        tick(FORWARD * len(indices))
        answered = finite_answers(logits)
        certain = torch.where(answered[:, None], probabilities(logits, classifier.task), torch.nan)
        file = f"units/{self.name}/arrays-{items[0]}-{len(items)}.npz"
        arrays = pack(
            {
                "indices": np.array(indices, dtype=np.int64),
                "logits": logits.numpy(),
                "features": features.numpy(),
                **{f"layer {place}": rows.numpy() for place, rows in enumerate(depths.values())},
            }
        )
        body = PhotographsUnit(
            photographs=[
                _record(context.photos.entries[index], logits[i], certain[i], index in photographs.enlarged)
                for i, index in enumerate(indices)
            ],
            skipped=photographs.skipped,
            arrays=file,
        )
        return Computed(body, FORWARD * len(indices), {file: arrays})

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The photographs of the run, and of each class."""
        if context.photos is None:
            return Reduced()
        info = photographs_info(context.photos, records, len(context.classifier.classes))
        classes = {index: {"photographs": own} for index, own in class_photographs(context, records).items()}
        return Reduced(run={"photographs": info}, classes=classes)


def _record(entry: Entry, logits: Tensor, probabilities: Tensor, enlarged: bool) -> Photograph:
    """`logits` and `probabilities` `[k]`. Among equal logits the class with the lower index is first."""
    order = logits.argsort(descending=True, stable=True).tolist()
    answers = [
        Prediction(class_index=c, logit=float(logits[c]), probability=float(probabilities[c]))
        for c in order[:2]
    ]
    label = entry.label
    finite = bool(finite_answers(logits[None]))
    return Photograph(
        index=entry.index,
        name=entry.name,
        sha256=entry.sha256,
        label=label,
        answer=answers[0],
        second=answers[1] if len(answers) > 1 else None,
        rank=None if label is None else 1 + order.index(label) if finite else len(order),
        probability=None if label is None else float(probabilities[label]),
        in_baseline=entry.in_baseline,
        enlarged=enlarged,
    )
