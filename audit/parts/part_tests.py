"""What the network does with a part alone, in other photographs, and with images that lack it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.margins import finite_answers
from audit.parts.fills import AGREE, filled
from audit.parts.pieces import GREY
from audit.probes.effect import logits_after

Ticker = Callable[[float], None]


def answers(classifier: Classifier, images: Tensor, batch: int, tick: Ticker | None = None) -> Tensor:
    """Class `[n]` that the network answers to images `[n, c, h, w]`, rounded to 8 bits; -1 where an output is
    not finite."""
    return first_answers(logits_after(classifier, images, None, batch=batch, tick=tick))


def first_answers(logits: Tensor) -> Tensor:
    """The largest of logits `[n, k]`; -1 where one is not finite."""
    return torch.where(finite_answers(logits), logits.nan_to_num().argmax(1), -1)


def on_grey(images: Tensor, masks: Tensor) -> Tensor:
    """Images `[n, c, h, w]` of which only the masked places `[n, 1, h, w]` are left."""
    return images * masks + GREY * (1 - masks)


def pasted(photographs: Tensor, images: Tensor, masks: Tensor) -> Tensor:
    """Photographs `[m, c, h, w]`, each with the masked place of one of the images in turn, where it was."""
    turn = torch.arange(len(photographs)) % len(images)
    return photographs * (1 - masks[turn]) + images[turn] * masks[turn]


@dataclass(frozen=True)
class Without:
    """Images of a class with a part of them filled."""

    kept: int
    """Still answered as the class, by two of three fills."""
    count: int
    others: list[tuple[int, int]]
    """Other classes that are answered instead and how often, most frequent first."""


def without(
    classifier: Classifier,
    images: Tensor,
    masks: Tensor,
    class_index: int,
    batch: int,
    seed: int,
    tick: Ticker | None = None,
) -> Without:
    """Images `[n, c, h, w]` that are answered as the class, with the masked places filled."""
    if not len(images):  # no image has no deviation to fill with
        return Without(0, 0, [])
    each = torch.stack([answers(classifier, version, batch, tick) for version in filled(images, masks, seed)])
    kept = (each == class_index).sum(0) >= AGREE
    instead = [_agreed(column) for column in each[:, ~kept].T]
    counts = {index: instead.count(index) for index in instead if index not in (-1, class_index)}
    return Without(int(kept.sum()), len(images), sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _agreed(column: Tensor) -> int:
    """The class that enough fills lead to; -1 for none."""
    values: Sequence[int] = column.tolist()
    return next((value for value in values if values.count(value) >= AGREE), -1)
