"""Parts of a picture: the box around some pixels, and cells in another order."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]


def box(covered: Tensor) -> tuple[int, int, int, int]:
    """First row, row after the last, first column, column after the last of what is true in `[h, w]`; zeros
    where nothing is."""
    rows, columns = covered.any(1).nonzero().flatten(), covered.any(0).nonzero().flatten()
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def shuffled_places(height: int, width: int, cell: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Where each pixel comes from, `[h, w]` rows and columns, if cells of about `cell` pixels change places.

    The cells divide the picture evenly. Where their sides differ, by a pixel at most, a line of pixels is
    left out or doubled. Every cell moves where there are two or more.
    """
    tall, wide = max(1, round(height / cell)), max(1, round(width / cell))
    order = _all_moved(tall * wide, rng)
    row, down = _within(height, tall)
    column, across = _within(width, wide)
    source = order[row[:, None] * wide + column[None]]
    from_row, from_column = source // wide, source % wide
    rows = _starts(height, tall)[from_row] + np.minimum(down[:, None], _sides(height, tall)[from_row] - 1)
    columns = _starts(width, wide)[from_column] + np.minimum(across, _sides(width, wide)[from_column] - 1)
    return torch.from_numpy(rows), torch.from_numpy(columns)


def _all_moved(number: int, rng: np.random.Generator) -> Indices:
    """A permutation without fixed points, as a cycle through a random order (Sattolo 1986)."""
    around = rng.permutation(number)
    order = np.empty(number, dtype=np.int64)
    order[around] = np.roll(around, 1)
    return order


def _starts(length: int, parts: int) -> Indices:
    return np.arange(parts + 1, dtype=np.int64) * length // parts


def _sides(length: int, parts: int) -> Indices:
    return np.diff(_starts(length, parts))


def _within(length: int, parts: int) -> tuple[Indices, NDArray[Any]]:
    """For each pixel its part and its place there."""
    part = np.repeat(np.arange(parts, dtype=np.int64), _sides(length, parts))
    return part, np.arange(length, dtype=np.int64) - _starts(length, parts)[part]
