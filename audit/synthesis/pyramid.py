"""Gradients with every scale at the same strength (Mordvintsev 2015, "DeepDreaming with TensorFlow",
Laplacian pyramid gradient normalization): without it the finest scale outshouts the others, and a dream is
speckle."""

import torch
from torch import Tensor
from torch.nn import functional as F

LEAST = 1e-20
"""Of a level's mean square: a level in which there is nothing stays nothing."""


def normalised(gradient: Tensor, levels: int) -> Tensor:
    """`[1, c, h, w]` split into `levels` octaves, each divided by its root mean square, and summed.

    What is coarser is left out: the light over a scene stays that of the photograph. Divided by its own root
    mean square in the end. `levels` 0: only that. Zeros stay zeros.
    """
    if levels == 0:
        return _unit(gradient)
    bands: list[Tensor] = []
    for _ in range(levels):
        height, width = gradient.shape[-2:]
        if min(height, width) < 4:
            break
        half = ((height + 1) // 2, (width + 1) // 2)
        coarse = F.interpolate(gradient, size=half, mode="bilinear", antialias=True, align_corners=False)
        bands.append(gradient - _enlarged(coarse, (height, width)))
        gradient = coarse
    total = torch.zeros_like(gradient)
    for band in reversed(bands):
        total = _enlarged(total, (band.shape[2], band.shape[3])) + _unit(band)
    return _unit(total)


def _enlarged(picture: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(picture, size=size, mode="bilinear", align_corners=False)


def _unit(picture: Tensor) -> Tensor:
    square = picture.square().mean()
    return torch.where(square > LEAST, picture / square.clamp(min=LEAST).sqrt(), 0.0)
