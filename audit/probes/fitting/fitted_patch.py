"""A small opaque patch, at one of nine places or anywhere (Brown et al. 2017, "Adversarial patch")."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily
from audit.probes.fitting.random_patterns import random_pattern

SHARE = 1 / 8
"""Side of the patch as a share of the image's: 4 pixels of 32, 1.6 percent of the area."""
PLACES = (
    "top-left", "top", "top-right",
    "left", "centre", "right",
    "bottom-left", "bottom", "bottom-right",
)  # fmt: skip


class PatchFamily(FittedFamily):
    """A patch at a fixed place."""

    name = "patch"
    places = PLACES
    rate = 0.2

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        self.patch = max(2, round(self.side * SHARE))
        self.block = max(1, self.patch // 4)

    def start(self, rng: np.random.Generator) -> Array:
        return random_pattern(rng, self.channels, self.patch, self.patch)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        down = torch.arange(self.height, device=images.device) - corners[:, :1]
        across = torch.arange(self.width, device=images.device) - corners[:, 1:]
        inside = ((down >= 0) & (down < self.patch))[:, :, None] & ((across >= 0) & (across < self.patch))[
            :, None
        ]
        last = self.patch - 1
        number = torch.arange(len(images), device=images.device)[:, None, None]
        spread = parameters.movedim(1, -1)[
            number, down.clamp(0, last)[:, :, None], across.clamp(0, last)[:, None]
        ]
        return torch.where(inside[:, None], spread.movedim(-1, 1), images)

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(0, 1)

    def corners(self, place: str, rows: Sequence[int], seed: int) -> NDArray[np.int64]:
        down, across = divmod(PLACES.index(place), 3)
        corner = [down * (self.height - self.patch) // 2, across * (self.width - self.patch) // 2]
        return np.tile(np.array(corner, dtype=np.int64), (len(rows), 1))


class MovingPatchFamily(PatchFamily):
    """One pattern that stands at a random place on every photograph."""

    name = "moving-patch"
    places = ("anywhere",)

    def corners(self, place: str, rows: Sequence[int], seed: int) -> NDArray[np.int64]:
        highest = [self.height - self.patch + 1, self.width - self.patch + 1]
        drawn = [np.random.default_rng((seed, int(row), 71)).integers(0, highest) for row in rows]
        return np.array(drawn, dtype=np.int64).reshape(-1, 2)
