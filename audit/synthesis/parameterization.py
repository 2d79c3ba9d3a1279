"""Pictures without any prior: each pixel is free. The experiment with which the 2015 article begins."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

# What the engine optimises: pictures as a tensor of parameters and a way to render them.


class Canvas(Protocol):
    """n pictures. The engine knows nothing else of how a picture is parameterised."""

    parameters: Tensor
    """`[n, ...]`, a leaf that requires a gradient."""

    def render(self) -> Tensor:
        """The pictures `[n, c, h, w]` in [0, 1], differentiable in `parameters`."""
        ...

    def settle(self) -> None:
        """After a step: bring the parameters back to where a picture may be."""
        ...

    def sharing(self, parameters: Tensor) -> "Canvas":
        """A canvas of the same size whose pictures are these parameters, `[m, ...]`."""
        ...

    def resized(self, height: int, width: int, generators: Sequence[Generator]) -> "Canvas":
        """The same pictures at another size; where it grows, finer detail of picture i from generator i."""
        ...

    def finished(self) -> Tensor:
        """The pictures `[n, c, h, w]` in [0, 1] as they are to be shown."""
        ...


START = 0.1
"""Standard deviation of the noise around middle grey from which pixels start."""


class PixelCanvas:
    """Pictures `[n, c, h, w]` whose parameters are the pixels themselves, clipped to [0, 1]."""

    def __init__(self, pixels: Tensor) -> None:
        """`pixels` `[n, c, h, w]`."""
        self.parameters = pixels.detach().requires_grad_(True)

    @classmethod
    def noise(
        cls, generators: Sequence[torch.Generator], shape: tuple[int, int, int], device: torch.device
    ) -> "PixelCanvas":
        """Independent noise around middle grey; picture i is drawn from generator i. `shape` is (c, h, w)."""
        drawn = torch.stack([torch.randn(shape, generator=g) for g in generators])
        return cls((0.5 + START * drawn).clamp(0, 1).to(device))

    def render(self) -> Tensor:
        """The pictures."""
        return self.parameters

    @torch.no_grad()
    def settle(self) -> None:
        """Clip to what a pixel can be."""
        self.parameters.clamp_(0, 1)

    def sharing(self, parameters: Tensor) -> "PixelCanvas":
        """A canvas of the same size for other pixels `[n, c, h, w]`."""
        return PixelCanvas(parameters)

    def resized(self, height: int, width: int, generators: Sequence[torch.Generator] = ()) -> "PixelCanvas":
        """Bilinear enlargement or reduction; nothing is drawn."""
        pixels = self.parameters.detach()
        return PixelCanvas(F.interpolate(pixels, (height, width), mode="bilinear", antialias=True))

    def finished(self) -> Tensor:
        """The pictures, for good."""
        return self.parameters.detach()
