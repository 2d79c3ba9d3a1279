"""What surrounds the object: a thin border of the image, and the background around its middle."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily, enlarged
from audit.probes.fitting.random_patterns import random_pattern

BORDER = 1 / 16
"""Width of the border as a share of the side: 2 pixels of 32."""
CELLS = 4
"""Side of the coarse pattern around the middle."""
SURROUND_OPACITY = 0.5
REACH = 0.75
"""Half axes of the ellipse that stays as it is, in halves of the sides."""


class BorderFamily(FittedFamily):
    """A border of opacity `strength`, one colour for each of its four sides."""

    name = "border"
    strengths = (0.25, 1.0)
    rate = 0.2

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        thick = max(1, round(self.side * BORDER))
        down = torch.arange(self.height)[:, None].expand(self.height, self.width)
        across = torch.arange(self.width)[None].expand(self.height, self.width)
        # Distance to the top, right, bottom and left edge; the nearest one owns the pixel.
        edges = torch.stack([down, self.width - 1 - across, self.height - 1 - down, across])
        nearest = edges.amin(0)
        self._owner = edges.argmin(0)
        self._inside = nearest < thick

    def start(self, rng: np.random.Generator) -> Array:
        return random_pattern(rng, self.channels, 1, 4)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        colors = parameters[:, :, 0, self._owner.to(images.device)]
        return torch.where(self._inside.to(images.device), images.lerp(colors, strength), images)

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(0, 1)


class SurroundFamily(FittedFamily):
    """A smooth pattern that is blended in around an ellipse in the middle, with `strength` times
    `SURROUND_OPACITY`."""

    name = "surround"
    strengths = (0.25, 1.6)
    rate = 0.2

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        down = (torch.arange(self.height) + 0.5) / self.height * 2 - 1
        across = (torch.arange(self.width) + 0.5) / self.width * 2 - 1
        radius = (down[:, None] ** 2 + across[None] ** 2).sqrt()
        self._opacity = SURROUND_OPACITY * ((radius - REACH) / 0.15).clamp(0, 1)

    def start(self, rng: np.random.Generator) -> Array:
        return random_pattern(rng, self.channels, CELLS, CELLS)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        pattern = enlarged(parameters, self.height, self.width)
        return images.lerp(pattern, strength * self._opacity.to(images.device))

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(0, 1)
