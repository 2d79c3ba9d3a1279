"""The images that parts are sought on, and those that they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.images.png import png, read_picture
from audit.images.quantize import to_uint8_grid
from audit.parts.gallery import Gallery, gallery
from audit.parts.part_tests import answers
from audit.photos.photoset import spread
from audit.records import Picture
from audit.records.unit_records import UnitRecord
from audit.stages.artifacts import photograph_file, pictures_of
from audit.stages.probes.carrier_images import CarrierImages, carriers
from audit.stages.stage import Context, Spent

KEPT, HELD = "images beside parts", "photographs and whose they are"


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


def images_of(item: int, context: Context, inputs: Sequence[UnitRecord], tick: Spent) -> Images:
    """Of one class: all its pictures under the natural prior, and some of its photographs that were held
    back."""
    groups = [group for group in pictures_of(inputs, [item]) if group.prior == "natural"]
    drawn = _drawn(context, [p for group in groups for p in group.pictures if p.finite])
    if context.photos is None:
        return drawn
    held = _held(context, tick)
    rows = [n for n, index in enumerate(held.classes) if index == item]
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
    photographs = images_none(context)
    if context.photos is not None:
        held = _held(context, tick)
        usable = [n for n, index in enumerate(held.classes) if index >= 0]
        some = spread([held.classes[n] for n in usable], count)
        photographs = _photographs(context, held, [usable[place] for place in some])
    batch = context.config.probes.batch
    shown = gallery(context.classifier, photographs.images, photographs.classes, batch, tick)
    made = Beside(photographs, shown)
    context.kept[KEPT] = made
    return made


def images_none(context: Context) -> Images:
    """No image."""
    given = context.classifier.input
    return Images(torch.zeros(0, given.channels, given.height, given.width), [], [], [])


@dataclass(frozen=True, eq=False)
class Held:
    """The photographs held back, and whose they are: by their label, else by the network's answer."""

    carriers: CarrierImages
    classes: list[int]
    """-1 where there is neither."""


def _held(context: Context, tick: Spent) -> Held:
    kept = context.kept.get(HELD)
    if isinstance(kept, Held):
        return kept
    found = carriers(context, "held back")
    labels = torch.full((len(found),), -1) if found.labels is None else found.labels
    if len(found) and bool((labels < 0).any()):
        fast, batch = context.classifier.folded(), context.config.probes.batch
        labels = torch.where(labels < 0, answers(fast, found.images, batch, tick), labels)
    made = Held(found, labels.tolist())
    context.kept[HELD] = made
    return made


def _drawn(context: Context, pictures: Sequence[Picture]) -> Images:
    if not pictures:
        return images_none(context)
    channels = context.classifier.input.channels
    images = torch.stack([read_picture(context.folder / p.file, channels) for p in pictures])
    files = [picture.file for picture in pictures]
    return Images(images, [picture.class_index for picture in pictures], files, [False] * len(pictures))


def _photographs(context: Context, held: Held, rows: Sequence[int]) -> Images:
    assert context.photos is not None
    given = held.carriers
    files = [photograph_file(context.photos.entries[given.rows[row]].sha256) for row in rows]
    return Images(given.images[list(rows)], [held.classes[row] for row in rows], files, [True] * len(rows))


def _joined(first: Images, second: Images) -> Images:
    return Images(
        torch.cat([first.images, second.images]),
        [*first.classes, *second.classes],
        [*first.files, *second.files],
        [*first.natural, *second.natural],
    )
