"""Pieces of images of all classes, as the network sees them: whose part is it?

A part that belongs to its class alone finds its own photographs first. A hand, text or grass stands on images
of many classes, so other classes' pieces resemble it as much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from audit.classifier import Classifier
from audit.classifier.cost import FORWARD
from audit.images.quantize import to_uint8_grid
from audit.parts.pieces import STEPS, Piece, alone, pieces
from audit.probes.effect import in_one_pass

EVERY = 2
"""Every second centre on either axis: pieces overlap by half, so others say little more."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """What a network makes of some pieces of some images."""

    features: Tensor
    """`[n, d]` penultimate."""
    images: Tensor
    """`[n]` places of the images."""
    pieces: list[Piece]
    """`n` of them."""
    classes: Tensor
    """`[images]` whose image it is."""

    @property
    def centre(self) -> Tensor:
        """`[d]` mean of all features: what any piece has."""
        return self.features.mean(0)


def chosen_pieces(height: int, width: int) -> list[Piece]:
    """Those of the gallery, a quarter of all."""
    side = STEPS + 1
    return [
        piece
        for place, piece in enumerate(pieces(height, width))
        if not (place // side) % EVERY and not (place % side) % EVERY
    ]


@torch.no_grad()
def gallery(
    classifier: Classifier,
    images: Tensor,
    classes: Sequence[int],
    batch: int,
    tick: Callable[[float], None] | None = None,
) -> Gallery:
    """Of images `[n, c, h, w]` in [0, 1] of these classes."""
    found = chosen_pieces(images.shape[2], images.shape[3])
    rows = [features_of(classifier, alone(images, piece), batch, tick) for piece in found]
    return Gallery(
        torch.cat(rows) if rows else torch.zeros(0, 0),
        torch.arange(len(images)).repeat(len(found)),
        [piece for piece in found for _ in range(len(images))],
        torch.tensor(list(classes), dtype=torch.long),
    )


@torch.no_grad()
def features_of(
    classifier: Classifier, images: Tensor, batch: int, tick: Callable[[float], None] | None = None
) -> Tensor:
    """Penultimate features `[n, d]` of images `[n, c, h, w]`, rounded to 8 bits first."""
    parts = [
        classifier.features(to_uint8_grid(part).to(classifier.device)).cpu().nan_to_num()
        for part in images.split(in_one_pass(batch, images))
    ]
    if tick is not None:
        tick(FORWARD * len(images))
    return torch.cat(parts)


@dataclass(frozen=True)
class Alike:
    """A piece of the gallery."""

    class_index: int
    image: int
    piece: Piece
    similarity: float


def most_alike(shown: Gallery, features: Tensor) -> list[Alike]:
    """Of every class its piece that is most like the features `[m, d]` of a part, the most similar first:
    mean cosine, seen from the centre of the gallery. Images without a class (-1) only shift that centre."""
    if not len(shown.features):
        return []
    centre = shown.centre
    part = functional.normalize(functional.normalize(features - centre, dim=1).mean(0), dim=0)
    likeness = functional.normalize(shown.features - centre, dim=1) @ part
    owners = shown.classes[shown.images]
    best: dict[int, Alike] = {}
    for place in likeness.argsort(descending=True).tolist():
        owner = int(owners[place])
        if owner >= 0 and owner not in best:
            best[owner] = Alike(owner, int(shown.images[place]), shown.pieces[place], float(likeness[place]))
    return list(best.values())
