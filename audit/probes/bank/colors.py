"""Other colours on the same shapes: grey, turned hues, swapped and inverted channels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.probes.bank.casts import ColorMatrix
from audit.probes.overlay import LUMINANCE


@dataclass(frozen=True)
class Negative:
    """Dark for bright and the complement of each hue."""

    id: str = "color-negative"
    family: str = "color"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, one minus it."""
        return 1 - images


def hue_matrix(degrees: float) -> tuple[tuple[float, float, float], ...]:
    """A turn of the chroma plane of YIQ, which keeps the luminance, as a matrix on RGB."""
    to_yiq = torch.tensor([LUMINANCE, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)]).double()
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = torch.tensor([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]).double()
    rows: list[list[float]] = (torch.linalg.inv(to_yiq) @ turn @ to_yiq).tolist()
    return tuple((row[0], row[1], row[2]) for row in rows)


def colors() -> list[ColorMatrix | Negative]:
    """Six other colourings."""
    return [
        ColorMatrix("color-grey", (LUMINANCE,) * 3, "color"),
        *[ColorMatrix(f"hue-{angle}", hue_matrix(angle), "color") for angle in (90, 180, 270)],
        ColorMatrix("color-swapped", ((0, 0, 1), (0, 1, 0), (1, 0, 0)), "color"),
        Negative(),
    ]
