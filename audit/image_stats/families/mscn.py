"""Luma after local mean and contrast are taken out: nearly Gaussian in photographs.

Ruderman 1994; constants of BRISQUE (Mittal, Moorthy and Bovik 2012, equations 1-3).
"""

import numpy as np
from torch import Tensor

from audit.image_stats import generalized_gaussian as ggd
from audit.image_stats.pixels import gaussian, kurtosis, luma, ratio, separable, to_numpy
from audit.image_stats.statistic import Statistic

PLACE = 45
STATISTICS = (
    Statistic("mscn_shape", "MSCN shape", "", False,
              "Generalized Gaussian shape of luma after local mean and contrast are taken out."),
    Statistic("mscn_variance", "MSCN variance", "", False,
              "Variance of luma after local mean and contrast are taken out."),
    Statistic("mscn_kurtosis", "MSCN kurtosis", "", False,
              "Kurtosis of luma after local mean and contrast are taken out."),
)  # fmt: skip

IDS = tuple(statistic.id for statistic in STATISTICS)


def mscn(y: Tensor) -> Tensor:
    """(y - μ) / (σ + 1) of planes [n, h, w] in 8-bit units; 7 x 7 Gaussian of sd 7/6, borders mirrored."""
    kernel = gaussian(7 / 6, 3)
    mean = separable(y, kernel, kernel)
    deviation = (separable(y * y, kernel, kernel) - mean * mean).clamp(min=0).sqrt()
    return (y - mean) / (deviation + 1)


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Shape, variance and kurtosis of the MSCN coefficients of luma; NaN on constant pictures."""
    y = luma(images) * 255
    coefficients = mscn(y).flatten(1)
    coefficients = coefficients * (coefficients.abs() > 1e-9)  # a constant picture leaves rounding errors
    variance = coefficients.var(1, correction=0)
    values = (
        ggd.shape(coefficients),
        to_numpy(ratio(variance, (variance > 0).double())),
        to_numpy(kurtosis(coefficients)),
    )
    return dict(zip(IDS, values, strict=True))
