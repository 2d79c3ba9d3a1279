"""The images that changes are made on: photographs, or rendered scenes where a run has none.

One half finds changes, the other one is held back for the causal tests.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from audit.photos import read
from audit.photos.photoset import spread
from audit.probes.scenes import scenes as rendered
from audit.records.probes import Carriers
from audit.stages.stage import Context

Part = Literal["probing", "held back"]
FEWEST = 2
"""Images without which nothing is measured."""
KEPT, ASKED = "carriers", "carriers asked for"
"""Photographs that were read last, and their numbers, some of which could not be used."""
SCENES = 64
"""Rendered scenes of each part, at most: they show no class, so many of them say no more than some."""


@dataclass(frozen=True)
class CarrierImages:
    """Images that changes are made on."""

    source: Carriers
    rows: tuple[int, ...]
    """The photographs' numbers, or the scenes'."""
    images: Tensor
    """float32 [n, c, h, w] in [0, 1]."""
    labels: Tensor | None
    """[n], -1 for none; None where the answers of the network stand for them."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)


def apart(context: Context) -> dict[Part, tuple[int, ...]]:
    """Numbers of the images of both parts; none where the network cannot be probed.

    Photographs of a class go to either part in turn, so both hold equally many of it, within one.
    """
    count = context.config.probes.photographs
    fits = context.classifier.task == "single-label" and context.classifier.input.channels in (1, 3)
    if not count or not fits or len(context.classifier.classes) < 2:
        return {"probing": (), "held back": ()}
    if context.photos is None:
        scenes = min(count, SCENES)
        return {"probing": tuple(range(scenes)), "held back": tuple(range(scenes, 2 * scenes))}
    labels = [entry.label for entry in context.photos.entries]
    order = sorted(context.photos.even(2 * count), key=lambda i: (labels[i] is None, labels[i] or 0, i))
    return {"probing": tuple(order[::2]), "held back": tuple(order[1::2])}


def carriers(context: Context, part: Part) -> CarrierImages:
    """The images of a part, read or rendered; photographs that cannot be used are left out."""
    return made(context, apart(context)[part])


def made(context: Context, rows: Sequence[int]) -> CarrierImages:
    """The images of these numbers. Those asked for last are kept: each of many units needs the same ones."""
    if context.photos is None:
        return _made(context, rows)
    kept = context.kept.get(KEPT)
    if not isinstance(kept, CarrierImages) or context.kept[ASKED] != tuple(rows):
        kept = _made(context, rows)
        context.kept.update({ASKED: tuple(rows), KEPT: kept})
    return kept


def _made(context: Context, rows: Sequence[int]) -> CarrierImages:
    photos = context.photos
    if photos is None:
        given, seed = context.classifier.input, context.config.seed
        drawn = rendered(rows, context.classifier.size, given.channels, seed)
        return CarrierImages("dead leaves", tuple(rows), drawn, None)
    found = read([photos.entries[i] for i in rows], context.classifier.input)
    kept = tuple(found.indices)
    if photos.kind != "labelled":
        return CarrierImages("own answers", kept, found.images, None)
    given = [photos.entries[i].label for i in kept]
    labels = torch.tensor([-1 if label is None else label for label in given], dtype=torch.long)
    return CarrierImages("photographs", kept, found.images, labels)


def others(context: Context, seed: int | None, *, same: bool, known: Collection[str] = ()) -> tuple[int, ...]:
    """Numbers of images for another test: none that served to find a change, where the photographs are the
    `same` as then; of others none that is `known` by the SHA-256 of its file. Drawn anew by a seed; without
    one, those that were held back."""
    count, photos = context.config.probes.photographs or FEWEST, context.photos
    if photos is None:
        first = 2 * SCENES * (1 + (seed or 0))
        return tuple(range(first, first + min(count, SCENES)))
    used = set(apart(context)["probing"]) if same else set[int]()
    left = [e.index for e in photos.entries if e.index not in used and e.sha256 not in known]
    return tuple(left[place] for place in spread([photos.entries[i].label for i in left], count, seed))


def content(context: Context, part: Part) -> list[object]:
    """What the images of a part are, for keys: bytes and labels, or the seed."""
    rows = apart(context)[part]
    if context.photos is None:
        return ["dead leaves", context.config.seed, *rows]
    entries = [context.photos.entries[i] for i in rows]
    return [(entry.sha256, entry.label, entry.index) for entry in entries]
