"""Colour casts: a tint of the whole picture, and the tones of old film and warm or cold light."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.probes.overlay import Layer, Overlay, colour

TINTS = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 0.9, 0.1),
    "blue": (0.0, 0.2, 1.0),
    "yellow": (1.0, 0.9, 0.0),
    "magenta": (0.9, 0.0, 0.9),
    "cyan": (0.0, 0.85, 0.9),
}
STRENGTH = 0.28

SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
WARM = ((1.25, 0.0, 0.0), (0.0, 1.02, 0.0), (0.0, 0.0, 0.7))
COLD = ((0.75, 0.0, 0.0), (0.0, 0.98, 0.0), (0.0, 0.0, 1.25))


@dataclass(frozen=True, kw_only=True)
class Cast(Overlay):
    """One colour over the whole picture."""

    family: str = "cast"
    ink: tuple[float, float, float]
    strength: float = STRENGTH

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """The same colour and opacity everywhere."""
        return Layer(
            colour(*self.ink).expand(3, height, width), torch.full((1, height, width), self.strength)
        )


@dataclass(frozen=True)
class ColorMatrix:
    """Each pixel's colour times a matrix; pictures of one channel stay as they are."""

    id: str
    matrix: tuple[tuple[float, float, float], ...]
    family: str = "cast"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, 3, h, w]`, clipped to [0, 1]."""
        if images.shape[1] != 3:
            return images
        return torch.einsum("ij,njhw->nihw", torch.tensor(self.matrix).to(images), images).clamp(0, 1)


def casts() -> list[Cast | ColorMatrix]:
    """Six tints and three tones."""
    return [
        *[Cast(id=f"cast-{name}", ink=ink) for name, ink in TINTS.items()],
        ColorMatrix("tone-sepia", SEPIA),
        ColorMatrix("tone-warm", WARM),
        ColorMatrix("tone-cold", COLD),
    ]
