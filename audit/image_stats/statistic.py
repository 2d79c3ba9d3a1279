"""What a statistic is, and what a family of them must offer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Statistic:
    """What one number means."""

    id: str
    title: str
    unit: str
    """Empty for a pure number."""
    constrained: bool
    """True where a natural prior fixes it or pulls it there, so that being natural there is no evidence."""
    description: str


class Family(Protocol):
    """Statistics that are measured together: a module of `families`, or one of another package."""

    @property
    def __name__(self) -> str:
        """Of the module."""
        ...

    @property
    def STATISTICS(self) -> tuple[Statistic, ...]:  # noqa: N802 - a module's constant
        """What it measures."""
        ...

    def measure(self, images: Tensor) -> dict[str, np.ndarray]:
        """Images float32 [n, c, h, w] in [0, 1] → statistic id → float64 [n], NaN where undefined."""
        ...
