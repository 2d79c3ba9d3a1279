"""Letters and strokes of a watermark, drawn with a pen of some width."""

from itertools import pairwise

import torch
from torch import Tensor

Point = tuple[float, float]

LETTERS: dict[str, tuple[tuple[Point, ...], ...]] = {
    "A": (((0, 2), (0.5, 0), (1, 2)), ((0.2, 1.3), (0.8, 1.3))),
    "E": (((1, 0), (0, 0), (0, 2), (1, 2)), ((0, 1), (0.8, 1))),
    "F": (((1, 0), (0, 0), (0, 2)), ((0, 1), (0.8, 1))),
    "H": (((0, 0), (0, 2)), ((1, 0), (1, 2)), ((0, 1), (1, 1))),
    "K": (((0, 0), (0, 2)), ((1, 0), (0, 1), (1, 2))),
    "L": (((0, 0), (0, 2), (1, 2)),),
    "M": (((0, 2), (0, 0), (0.5, 1), (1, 0), (1, 2)),),
    "N": (((0, 2), (0, 0), (1, 2), (1, 0)),),
    "O": (((0, 0), (1, 0), (1, 2), (0, 2), (0, 0)),),
    "P": (((0, 2), (0, 0), (1, 0), (1, 1), (0, 1)),),
    "T": (((0, 0), (1, 0)), ((0.5, 0), (0.5, 2))),
    "V": (((0, 0), (0.5, 2), (1, 0)),),
    "X": (((0, 0), (1, 2)), ((1, 0), (0, 2))),
    "Z": (((0, 0), (1, 0), (0, 2), (1, 2)),),
}
"""Strokes of each letter in a cell one wide and two high."""


def ink(strokes: list[tuple[Point, ...]], x: Tensor, y: Tensor, width: float) -> Tensor:
    """How much of each pixel `[..., h, w]` the strokes cover; all in pixels."""
    nearest = torch.full_like(x, 1e3)
    for stroke in strokes:
        for (x0, y0), (x1, y1) in pairwise(stroke):
            dx, dy = x1 - x0, y1 - y0
            along = (((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-6)).clamp(0, 1)
            nearest = torch.minimum(nearest, torch.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return (0.5 + width / 2 - nearest).clamp(0, 1)


def lettered(word: str, cell: float, gap: float) -> tuple[list[tuple[Point, ...]], float, float]:
    """The strokes of a word whose letters are `cell` px wide, and its width and height in px."""
    strokes: list[tuple[Point, ...]] = []
    for place, letter in enumerate(word):
        left = place * (cell + gap)
        strokes += [tuple((left + cell * x, cell * y) for x, y in stroke) for stroke in LETTERS[letter]]
    return strokes, len(word) * (cell + gap) - gap, 2 * cell
