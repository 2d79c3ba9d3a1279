"""Other layouts of the same picture: shuffled cells, shifts, mirrored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audit.probes.cells import shuffled_places


@dataclass(frozen=True)
class Shuffle:
    """Cells of `cell`, relative to the picture's side, in an order of each photograph's own."""

    id: str
    cell: float
    family: str = "shuffle"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, shuffled."""
        return in_blocks(images, rows, self.cell)


@dataclass(frozen=True)
class Shift:
    """Moved by shares of height and width, the gap filled by reflection."""

    id: str
    down: float
    right: float
    family: str = "position"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, moved."""
        height, width = images.shape[2:]
        return images[:, :, _from(height, self.down)][:, :, :, _from(width, self.right)]


@dataclass(frozen=True)
class Mirror:
    """Left for right."""

    id: str = "mirrored"
    family: str = "position"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, mirrored."""
        return images.flip(3)


def in_blocks(images: Tensor, rows: Sequence[int], side: float, key: tuple[int, ...] = ()) -> Tensor:
    """Images `[n, c, h, w]` in blocks of `side`, relative to theirs, each image's in an order of its own."""
    height, width = images.shape[2:]
    cell = max(1, round(side * min(height, width)))
    changed = torch.empty_like(images)
    for place, row in enumerate(rows):
        down, across = shuffled_places(height, width, cell, np.random.default_rng((row, cell, *key)))
        changed[place] = images[place][:, down.to(images.device), across.to(images.device)]
    return changed


def _from(length: int, share: float) -> Tensor:
    """Where each place of a shifted line comes from; reflected without doubling the edge."""
    source = torch.arange(length) - round(share * length)
    source = source.abs()
    return torch.where(source >= length, 2 * (length - 1) - source, source).clamp(0, length - 1)


def layouts() -> list[Shuffle | Shift | Mirror]:
    """Two sizes of cells, four shifts and the mirror."""
    return [
        Shuffle("shuffle-eighths", 1 / 8),
        Shuffle("shuffle-quarters", 1 / 4),
        Shift("shift-up", -0.25, 0.0),
        Shift("shift-down", 0.25, 0.0),
        Shift("shift-left", 0.0, -0.25),
        Shift("shift-right", 0.0, 0.25),
        Mirror(),
    ]
