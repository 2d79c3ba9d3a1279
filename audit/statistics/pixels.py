"""What every family starts from: the 8-bit grid, luma, and sums over a picture."""

import numpy as np
import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G, B (ITU-R BT.601), applied to gamma-coded values."""


def to_uint8_grid(images: Tensor) -> Tensor:
    """Round images in [0, 1] to the values an 8-bit file can hold, still as float32 in [0, 1]."""
    return _levels(images) / 255


def to_uint8(images: Tensor) -> Tensor:
    """Images in [0, 1] as the bytes an 8-bit file holds."""
    return _levels(images).to(torch.uint8)


def _levels(images: Tensor) -> Tensor:
    return (images.clamp(0, 1) * 255).round()


def luma(images: Tensor) -> Tensor:
    """Luma of images [n, c, h, w] as float64 [n, h, w] in [0, 1].

    Three channels are R, G, B; any other number of channels is averaged.
    """
    x = images.double()
    if x.shape[1] != 3:
        return x.mean(1)
    return LUMA[0] * x[:, 0] + LUMA[1] * x[:, 1] + LUMA[2] * x[:, 2]


def ratio(numerator: Tensor, denominator: Tensor, tiny: float = 1e-12) -> Tensor:
    """Quotient, NaN where the denominator is not above `tiny`: the statistic is undefined there."""
    fits = denominator > tiny
    return torch.where(fits, numerator / torch.where(fits, denominator, 1.0), torch.nan)


def kurtosis(samples: Tensor) -> Tensor:
    """Fourth standardised moment m4 / m2² of samples [n, k] → [n] (Gaussian: 3); NaN where all are equal."""
    centred = samples - samples.mean(1, keepdim=True)
    square = centred.square()
    m2 = square.mean(1)
    return ratio(square.square().mean(1), m2.square(), 1e-24)


def to_numpy(values: Tensor) -> np.ndarray:
    """A tensor as a float64 array on the CPU."""
    return values.detach().cpu().double().numpy()
