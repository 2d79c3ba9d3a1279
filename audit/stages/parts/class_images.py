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
from audit.stages.artifacts import chosen_natural, photograph_file, pictures_of
from audit.stages.probes.carrier_images import CarrierImages, Part, carriers
from audit.stages.stage import Context, Spent

KEPT = "photographs and whose they are"


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
    """Of one class: all its pictures under the natural prior, and some of its photographs, of the half that
    none of the gallery is from: or else its own class would always come first there."""
    groups = [group for group in pictures_of(inputs, [item]) if group.prior == "natural"]
    drawn = _drawn(context, [p for group in groups for p in group.pictures if p.finite])
    if context.photos is None:
        return drawn
    half = _half(context, "probing", tick)
    rows = [n for n, index in enumerate(half.classes) if index == item]
    return _joined(drawn, _photographs(context, half, rows[: context.config.parts.images]))


@dataclass(frozen=True, eq=False)
class Beside:
    """What a part is compared with and pasted into."""

    photographs: Images
    """Photographs held back, of all classes; none without."""
    answered: Tensor
    """`[photographs]` what is answered to them as they are; -1 where an output is not finite."""
    images: Images
    """Pictures of the classes, and the same."""
    gallery: Gallery
    """Pieces of the latter."""


def beside(context: Context, inputs: Sequence[UnitRecord], tick: Spent) -> Beside:
    """For all classes of a run: of pictures and of photographs as many as the configuration says."""
    count = context.config.parts.others
    chosen = chosen_natural(inputs, context.classes)
    drawn = [chosen[index] for index in sorted(chosen) if chosen[index].finite]
    images = _drawn(context, [drawn[place] for place in spread([None] * len(drawn), count)])
    photographs = images_none(context)
    if context.photos is not None:
        half = _half(context, "held back", tick)
        usable = [n for n, index in enumerate(half.classes) if index >= 0]
        some = spread([half.classes[n] for n in usable], count)
        photographs = _photographs(context, half, [usable[place] for place in some])
        images = _joined(images, photographs)
    batch = context.config.probes.batch
    answered = torch.zeros(0, dtype=torch.long)
    if len(photographs):
        answered = answers(context.classifier.folded(), photographs.images, batch, tick)
    shown = gallery(context.classifier, images.images, images.classes, batch, tick)
    return Beside(photographs, answered, images, shown)


def images_none(context: Context) -> Images:
    """No image."""
    given = context.classifier.input
    return Images(torch.zeros(0, given.channels, given.height, given.width), [], [], [])


@dataclass(frozen=True, eq=False)
class Half:
    """Photographs of one half, and whose they are: by their label, else by the network's answer."""

    carriers: CarrierImages
    classes: list[int]
    """-1 where there is neither."""


def _half(context: Context, part: Part, tick: Spent) -> Half:
    kept = context.kept.get(f"{KEPT}, {part}")
    if isinstance(kept, Half):
        return kept
    found = carriers(context, part)
    labels = torch.full((len(found),), -1) if found.labels is None else found.labels
    if len(found) and bool((labels < 0).any()):
        fast, batch = context.classifier.folded(), context.config.probes.batch
        labels = torch.where(labels < 0, answers(fast, found.images, batch, tick), labels)
    made = Half(found, labels.tolist())
    context.kept[f"{KEPT}, {part}"] = made
    return made


def _drawn(context: Context, pictures: Sequence[Picture]) -> Images:
    if not pictures:
        return images_none(context)
    channels = context.classifier.input.channels
    images = torch.stack([read_picture(context.folder / p.file, channels) for p in pictures])
    files = [picture.file for picture in pictures]
    return Images(images, [picture.class_index for picture in pictures], files, [False] * len(pictures))


def _photographs(context: Context, half: Half, rows: Sequence[int]) -> Images:
    assert context.photos is not None
    given = half.carriers
    files = [photograph_file(context.photos.entries[given.rows[row]].sha256) for row in rows]
    return Images(given.images[list(rows)], [half.classes[row] for row in rows], files, [True] * len(rows))


def _joined(first: Images, second: Images) -> Images:
    return Images(
        torch.cat([first.images, second.images]),
        [*first.classes, *second.classes],
        [*first.files, *second.files],
        [*first.natural, *second.natural],
    )
