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
from audit.parts.part_tests import first_answers
from audit.parts.pieces import STEPS, Piece, alone, pieces
from audit.probes.effect import in_one_pass

EVERY = 2
"""Every second centre on either axis: pieces overlap by half, so others say little more."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """What a network makes of some pieces of some images."""

    features: Tensor
    """`[n, d]` penultimate."""
    answers: Tensor
    """`[n]` class that is answered to the piece alone; -1 where an output is not finite."""
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
    owners = torch.tensor(list(classes), dtype=torch.long)
    if not len(images):  # networks need not take a batch of none
        none = torch.zeros(0, dtype=torch.long)
        return Gallery(torch.zeros(0, 0), none, none, [], owners)
    found = chosen_pieces(images.shape[2], images.shape[3])
    rows = [seen(classifier, alone(images, piece), batch, tick) for piece in found]
    return Gallery(
        torch.cat([features for features, _ in rows]),
        torch.cat([answers for _, answers in rows]),
        torch.arange(len(images)).repeat(len(found)),
        [piece for piece in found for _ in range(len(images))],
        owners,
    )


@torch.no_grad()
def seen(
    classifier: Classifier, images: Tensor, batch: int, tick: Callable[[float], None] | None = None
) -> tuple[Tensor, Tensor]:
    """Penultimate features `[n, d]` and answers `[n]` to images `[n, c, h, w]`, rounded to 8 bits first; -1
    where an output is not finite."""
    features: list[Tensor] = []
    answers: list[Tensor] = []
    for part in images.split(in_one_pass(batch, images)):
        logits, own = classifier.logits_and_features(to_uint8_grid(part).to(classifier.device))
        features.append(own.cpu().nan_to_num())
        answers.append(first_answers(logits.cpu()))
    if tick is not None:
        tick(FORWARD * len(images))
    return torch.cat(features), torch.cat(answers)


@dataclass(frozen=True)
class Alike:
    """A piece of the gallery."""

    class_index: int
    image: int
    piece: Piece
    similarity: float


def likeness(shown: Gallery, features: Tensor) -> Tensor:
    """`[n]` mean cosine of each piece of the gallery with the features `[m, d]` of a part, seen from the
    centre of the gallery."""
    centre = shown.centre
    part = functional.normalize(functional.normalize(features - centre, dim=1).mean(0), dim=0)
    return functional.normalize(shown.features - centre, dim=1) @ part


def most_alike(shown: Gallery, features: Tensor) -> list[Alike]:
    """Of every class its piece that is most like a part with features `[m, d]`, the most similar first."""
    if not len(shown.features):
        return []
    like = likeness(shown, features)
    owners = shown.classes[shown.images]
    best: dict[int, Alike] = {}
    for place in like.argsort(descending=True).tolist():
        owner = int(owners[place])
        if owner not in best:
            best[owner] = Alike(owner, int(shown.images[place]), shown.pieces[place], float(like[place]))
    return list(best.values())
