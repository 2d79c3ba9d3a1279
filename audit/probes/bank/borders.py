"""Frames and bars of one colour along the edges, and their removal."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.probes.overlay import Carried, Layer, Overlay, colour, side

COLORS = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "red": (0.9, 0.1, 0.1),
    "green": (0.1, 0.75, 0.2),
    "blue": (0.15, 0.25, 0.9),
    "yellow": (1.0, 0.9, 0.1),
}
THICKNESS = 2 / 32
BARS = 5 / 32
"""Thickness relative to the picture's side."""


@dataclass(frozen=True, kw_only=True)
class Border(Overlay):
    """Stripes of one colour along the edges `top, bottom, left, right`, as thick as given."""

    family: str = "border"
    carried: Carried = "mask"
    ink: tuple[float, float, float]
    edges: tuple[bool, bool, bool, bool] = (True, True, True, True)
    thickness: float = THICKNESS

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """One colour under a mask of whole pixels."""
        return Layer(colour(*self.ink), edge(height, width, self.thickness, self.edges))


@dataclass(frozen=True)
class WithoutBorder:
    """The stripe along the edges filled with the picture's mean colour."""

    id: str = "without-border"
    family: str = "border"
    thickness: float = 2 * THICKNESS

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, filled."""
        height, width = images.shape[2:]
        mask = edge(height, width, self.thickness).to(images)
        return images * (1 - mask) + images.mean((2, 3), keepdim=True) * mask


def edge(
    height: int, width: int, thickness: float, edges: tuple[bool, bool, bool, bool] = (True, True, True, True)
) -> Tensor:
    """`[1, h, w]`: 1 within `thickness`, relative to the side, of those edges."""
    deep = max(1, round(thickness * side(height, width)))
    top, bottom, left, right = edges
    mask = torch.zeros(1, height, width)
    mask[:, : deep * top] = 1
    mask[:, height - deep * bottom :] = 1
    mask[:, :, : deep * left] = 1
    mask[:, :, width - deep * right :] = 1
    return mask


def borders() -> list[Overlay]:
    """Frames of six colours, and bars as films have them."""
    frames = [Border(id=f"border-{name}", ink=ink) for name, ink in COLORS.items()]
    bars = [
        Border(id="bars-black-wide", ink=COLORS["black"], edges=(True, True, False, False), thickness=BARS),
        Border(id="bars-white-tall", ink=COLORS["white"], edges=(False, False, True, True), thickness=BARS),
    ]
    return [*frames, *bars]
