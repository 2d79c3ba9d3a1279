"""What every family starts from: the 8-bit grid, luma, and sums over a picture."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G, B (ITU-R BT.601), applied to gamma-coded values."""


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


# Separable filters on planes, borders mirrored.


def gaussian(sigma: float, radius: int) -> Tensor:
    """Sampled Gaussian of unit sum, float64 [2 * radius + 1]."""
    offset = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = (-0.5 * (offset / sigma) ** 2).exp()
    return kernel / kernel.sum()


def separable(planes: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Correlate planes [n, h, w] with `rows` along the height and `columns` along the width."""
    x = planes[:, None]
    down, across = len(rows) // 2, len(columns) // 2
    x = functional.pad(x, (across, across, down, down), mode="reflect")
    x = functional.conv2d(x, rows[None, None, :, None].to(x))
    return functional.conv2d(x, columns[None, None, None, :].to(x))[:, 0]
