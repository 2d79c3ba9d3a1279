"""What stands where a part was taken out: no single fill is neutral, so two of three have to agree."""

import torch
from torch import Tensor
from torch.nn import functional

from audit.classifier.generators import generator

BLUR = 1 / 8
"""Standard deviation of the blur, relative to the image's side."""
AGREE = 2
"""Fills, of three, that have to lead to the same answer."""


def fills(images: Tensor, seed: int) -> list[Tensor]:
    """Three versions of images `[n, c, h, w]` to fill from: blurred, their mean colour, and noise about it
    with their own standard deviation."""
    mean = images.mean((2, 3), keepdim=True)
    noise = torch.randn(images.shape[1:], generator=generator(seed, "fills"))
    spread = images.std((2, 3), keepdim=True)
    return [blurred(images), mean.expand_as(images), (mean + spread * noise).clamp(0, 1)]


def filled(images: Tensor, masks: Tensor, seed: int) -> list[Tensor]:
    """The images with the masked places `[n, 1, h, w]` filled, once with each."""
    return [images * (1 - masks) + fill * masks for fill in fills(images, seed)]


def blurred(images: Tensor) -> Tensor:
    """Gaussian, with the image mirrored at its edges."""
    side = min(images.shape[2:])
    sigma = max(side * BLUR, 1e-3)
    reach = min(int(2.5 * sigma), side - 1)
    line = torch.arange(-reach, reach + 1, dtype=images.dtype)
    weights = torch.exp(-line.square() / (2 * sigma**2))
    weights = weights / weights.sum()
    channels = images.shape[1]
    wide = functional.pad(images, [reach] * 4, mode="reflect")
    row, column = weights.view(1, 1, 1, -1), weights.view(1, 1, -1, 1)
    across = functional.conv2d(wide, row.expand(channels, 1, 1, -1), groups=channels)
    return functional.conv2d(across, column.expand(channels, 1, -1, 1), groups=channels)
