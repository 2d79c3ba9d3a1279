"""The images that parts are sought on, and those that they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.images.png import png, read_picture
from audit.images.quantize import to_uint8_grid
from audit.parts.gallery import Gallery, gallery
from audit.photos.photoset import spread
from audit.records import Picture
from audit.records.unit_records import UnitRecord
from audit.stages.artifacts import photograph_file, pictures_of
from audit.stages.probes.carrier_images import CarrierImages, carriers
from audit.stages.stage import Context, Spent

KEPT = "images beside parts"


@dataclass(frozen=True, eq=False)
class Images:
    """Some images with where they stand in the run directory."""

    images: Tensor
    """`[n, c, h, w]` in [0, 1]."""
    classes: list[int]
    """Class of each: that a picture was made for, that a photograph is of, or is answered as."""
    files: list[str]
    natural: list[bool]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.files)

    def crops(self, files: set[str]) -> dict[str, bytes]:
        """Those of the files that are photographs, as the network sees them: no other stage may have written
        them."""
        return {
            file: png(to_uint8_grid(self.images[place]))
            for place, file in enumerate(self.files)
            if file in files and self.natural[place]
        }


def images_of(item: int, context: Context, inputs: Sequence[UnitRecord]) -> Images:
    """Of one class: all its pictures under the natural prior, and some of its photographs that were held
    back."""
    groups = [group for group in pictures_of(inputs, [item]) if group.prior == "natural"]
    drawn = _drawn(context, [p for group in groups for p in group.pictures if p.finite])
    if context.photos is None:
        return drawn
    held = carriers(context, "held back")
    rows = [n for n, label in enumerate(_labels(held)) if label == item]
    return _joined(drawn, _photographs(context, held, rows[: context.config.parts.images]))


@dataclass(frozen=True, eq=False)
class Beside:
    """What a part is compared with and pasted into."""

    photographs: Images
    """Photographs held back, of all classes; none without."""
    gallery: Gallery
    """Pieces of them."""


def beside(context: Context, tick: Spent) -> Beside:
    """The same for every class of a run, made once.

    Pictures of other classes take no part: a unit reads those of its own class only, and its result must not
    hang on which class came first.
    """
    kept = context.kept.get(KEPT)
    if isinstance(kept, Beside):
        return kept
    count = context.config.parts.others
    held = None if context.photos is None else carriers(context, "held back")
    photographs = images_none(context)
    if held is not None:
        labels = _labels(held)
        photographs = _photographs(context, held, spread(list(labels), count))
    batch = context.config.probes.batch
    shown = gallery(context.classifier, photographs.images, photographs.classes, batch, tick)
    made = Beside(photographs, shown)
    context.kept[KEPT] = made
    return made


def images_none(context: Context) -> Images:
    """No image."""
    given = context.classifier.input
    return Images(torch.zeros(0, given.channels, given.height, given.width), [], [], [])


def _labels(held: CarrierImages) -> list[int]:
    return [-1] * len(held) if held.labels is None else held.labels.tolist()


def _drawn(context: Context, pictures: Sequence[Picture]) -> Images:
    if not pictures:
        return images_none(context)
    channels = context.classifier.input.channels
    images = torch.stack([read_picture(context.folder / p.file, channels) for p in pictures])
    files = [picture.file for picture in pictures]
    return Images(images, [picture.class_index for picture in pictures], files, [False] * len(pictures))


def _photographs(context: Context, held: CarrierImages, rows: Sequence[int]) -> Images:
    assert context.photos is not None
    labels = _labels(held)
    files = [photograph_file(context.photos.entries[held.rows[row]].sha256) for row in rows]
    return Images(held.images[list(rows)], [labels[row] for row in rows], files, [True] * len(rows))


def _joined(first: Images, second: Images) -> Images:
    return Images(
        torch.cat([first.images, second.images]),
        [*first.classes, *second.classes],
        [*first.files, *second.files],
        [*first.natural, *second.natural],
    )
