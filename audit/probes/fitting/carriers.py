"""The images that changes are fitted and measured on, and which of them say nothing about a class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

FEWEST = 4
"""Images of other classes that each half must hold for a class to be fitted."""


@dataclass(frozen=True, eq=False)
class Carriers:
    """Photographs, or whatever stands for them, in two halves."""

    images: Tensor
    """`[n, c, h, w]` in [0, 1]."""
    labels: Tensor | None
    """`[n]`, -1 where there is none."""
    before: Tensor
    """Logits `[n, k]` of the unchanged images."""
    own: list[set[int]]
    """Per image its label and its answer: it is left out for those classes."""
    fitted: list[int]
    """Rows of the half that changes are fitted on."""
    measured: list[int]
    """Rows of the other half."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return self.images.shape[1], self.images.shape[2], self.images.shape[3]

    def of_others(self, index: int) -> list[int]:
        """Rows to fit on that neither show the class nor are answered as it."""
        return [row for row in self.fitted if index not in self.own[row]]

    def suffice(self, index: int) -> bool:
        """Whether both halves hold images that may be turned into the class."""
        others = sum(index not in self.own[row] for row in self.measured)
        return min(others, len(self.of_others(index))) >= FEWEST


def carriers(
    images: Tensor, labels: Tensor | None, before: Tensor, seed: int, most_measured: int
) -> Carriers:
    """Split images into halves, by a permutation that `seed` fixes."""
    order: Sequence[int] = np.random.default_rng((seed, 11)).permutation(len(images)).tolist()
    middle = (len(order) + 1) // 2
    answers = before.argmax(1).tolist()
    given = answers if labels is None else labels.tolist()
    own = [{int(answer), int(label)} - {-1} for answer, label in zip(answers, given, strict=True)]
    fitted, measured = list(order[:middle]), list(order[middle:][:most_measured])
    return Carriers(images, labels, before, own, fitted, measured)
