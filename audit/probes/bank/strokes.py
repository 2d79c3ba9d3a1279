"""Anti-aliased strokes: how much of each pixel a set of lines covers."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

Point = tuple[float, float]
"""Right and down."""
Polyline = tuple[Point, ...]


def coverage(lines: Iterable[Polyline], height: int, width: int, thickness: float) -> Tensor:
    """`[1, h, w]` in [0, 1]: lines in pixels, `thickness` in pixels.

    A pixel is covered as a line of this width through a box one pixel wide, at the pixel's distance.
    """
    covered = np.zeros((height, width))
    reach = thickness / 2 + 1
    for line in lines:
        for (x0, y0), (x1, y1) in pairwise(line):
            top, bottom = max(0, int(min(y0, y1) - reach)), min(height, int(max(y0, y1) + reach) + 1)
            left, right = max(0, int(min(x0, x1) - reach)), min(width, int(max(x0, x1) + reach) + 1)
            if top >= bottom or left >= right:
                continue
            y, x = np.mgrid[top:bottom, left:right] + 0.5
            along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / max(
                1e-12, (x1 - x0) ** 2 + (y1 - y0) ** 2
            )
            along = along.clip(0, 1)
            distance = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
            own = np.minimum(0.5, thickness / 2 - distance) - np.maximum(-0.5, -thickness / 2 - distance)
            window = covered[top:bottom, left:right]
            np.maximum(window, own.clip(0, 1), out=window)
    return torch.from_numpy(covered).float()[None]


def moved(lines: Iterable[Polyline], x: float, y: float, scale: float, turn: float = 0.0) -> list[Polyline]:
    """Lines turned by `turn` radians clockwise around the origin, scaled, and moved to (x, y)."""
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    return [tuple((x + cos * a - sin * b, y + sin * a + cos * b) for a, b in line) for line in lines]
