"""Small patches of high contrast at nine places: checkers, plain colours, stripes; and corners removed.

The trigger of BadNets (Gu, Dolan-Gavitt and Garg 2017, arXiv 1708.06733) is such a patch in a corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.probes.overlay import Layer, Overlay, side

SIDE = 0.1
"""Side of a patch, relative to the picture's side: 3 of 32 pixels."""
CELLS = 3
PLACES = {
    "top-left": (0.0, 0.0),
    "top": (0.0, 0.5),
    "top-right": (0.0, 1.0),
    "left": (0.5, 0.0),
    "centre": (0.5, 0.5),
    "right": (0.5, 1.0),
    "bottom-left": (1.0, 0.0),
    "bottom": (1.0, 0.5),
    "bottom-right": (1.0, 1.0),
}
"""How far down and to the right."""
W, K, R, G, B, Y = (1, 1, 1), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)
PATTERNS = {
    "checker": (W, K, W, K, W, K, W, K, W),
    "inverted": (K, W, K, W, K, W, K, W, K),
    "white": (W,) * 9,
    "black": (K,) * 9,
    "red": (R,) * 9,
    "yellow": (Y,) * 9,
    "colors": (R, G, B, Y, K, W, B, R, G),
    "cross": (K, W, K, W, W, W, K, W, K),
}
"""Nine cells, row by row."""


@dataclass(frozen=True, kw_only=True)
class Patch(Overlay):
    """Three by three cells. Placed one pixel, at 32, from the edges."""

    family: str = "checker"
    cells: tuple[tuple[int, int, int], ...]
    place: tuple[float, float]
    opacity: float = 1.0

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """The patch on black, and where it is."""
        cell = max(1, round(SIDE * side(height, width) / CELLS))
        long, margin = cell * CELLS, round(side(height, width) / 32)
        patch = torch.tensor(self.cells, dtype=torch.float32).view(CELLS, CELLS, 3).permute(2, 0, 1)
        patch = patch.repeat_interleave(cell, 1).repeat_interleave(cell, 2)
        top = round(margin + self.place[0] * (height - long - 2 * margin))
        left = round(margin + self.place[1] * (width - long - 2 * margin))
        inside = (slice(None), slice(top, top + long), slice(left, left + long))
        pattern, alpha = torch.zeros(3, height, width), torch.zeros(1, height, width)
        pattern[inside], alpha[inside] = patch, self.opacity
        return Layer(pattern, alpha)


@dataclass(frozen=True)
class WithoutCorners:
    """The four corners filled with the picture's mean colour."""

    id: str = "without-corners"
    family: str = "checker"
    side: float = 0.2

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, filled."""
        height, width = images.shape[2:]
        long = max(1, round(self.side * min(height, width)))
        filled = images.clone()
        mean = images.mean((2, 3), keepdim=True)
        for down in (slice(0, long), slice(height - long, height)):
            for across in (slice(0, long), slice(width - long, width)):
                filled[:, :, down, across] = mean
        return filled


CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


def patches() -> list[Overlay]:
    """The checker at nine places, its inverse in the corners, each other pattern in two places."""
    chosen = [("checker", place) for place in PLACES] + [("inverted", place) for place in CORNERS]
    for turn, pattern in enumerate(("white", "black", "red", "yellow", "colors", "cross")):
        chosen += [(pattern, CORNERS[turn % 4]), (pattern, CORNERS[(turn + 3) % 4])]
    return [Patch(id=f"{name}@{place}", cells=PATTERNS[name], place=PLACES[place]) for name, place in chosen]
