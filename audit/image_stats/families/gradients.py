"""Sparseness of luma's derivatives: flat regions and few strong edges.

Huang and Mumford 1999 (derivative histogram); Geusebroek and Smeulders 2005 (Weibull of the gradient).
"""

import math

import numpy as np
import torch
from torch import Tensor

from audit.image_stats import generalized_gaussian as ggd
from audit.image_stats.pixels import gaussian, kurtosis, luma, separable, to_numpy
from audit.image_stats.statistic import Statistic

PLACE = 30
STATISTICS = (
    Statistic("derivative_kurtosis", "Derivative kurtosis", "", True,
              "Peakedness of differences between horizontal neighbours; 3 for Gaussian noise."),
    Statistic("derivative_shape", "Derivative shape", "", True,
              "Generalized Gaussian shape of these differences; 2 for Gaussian noise, 1 for Laplace."),
    Statistic("weibull_shape", "Gradient Weibull shape", "", True,
              "Weibull shape γ of the gradient's magnitude; 2 for Gaussian noise."),
    Statistic("weibull_scale", "Gradient Weibull scale", "8-bit/px", False,
              "Weibull scale β of the gradient's magnitude: typical strength of edges and texture."),
)  # fmt: skip

IDS = tuple(statistic.id for statistic in STATISTICS)
SIGMA = 1.0
"""Standard deviation of the Gaussian derivative, in pixels."""
NOTHING = 1e-6
"""Gradient magnitudes (8-bit units) up to which a pixel is exactly flat, and left out of the Weibull fit."""
FEWEST = 50
"""Pixels that a Weibull fit needs."""


def gradient_magnitude(y: Tensor) -> Tensor:
    """Magnitude of the Gaussian gradient of planes [n, h, w], borders mirrored."""
    smooth = gaussian(SIGMA, math.ceil(4 * SIGMA))
    offset = torch.arange(len(smooth), dtype=torch.float64) - len(smooth) // 2
    derivative = smooth * offset / SIGMA**2
    return torch.hypot(separable(y, smooth, derivative), separable(y, derivative, smooth))


def weibull(samples: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Maximum-likelihood shape γ and scale β of positive samples [n, k]; zeros are left out.

    Newton's method on 1/γ = E_w[ln x] - E[ln x], weights x^γ; NaN where fewer than 50 samples are
    positive or all of them are equal.
    """
    used = samples > NOTHING
    count = used.sum(1, keepdim=True).clamp(min=1)
    logs = torch.where(used, samples, 1.0).log()
    centre = logs.sum(1, keepdim=True) / count
    logs = torch.where(used, logs - centre, 0.0)
    spread = (logs.square().sum(1, keepdim=True) / count).sqrt()
    shape = 1.2825 / spread.clamp(min=1e-3)  # ln x of a Weibull has standard deviation π / (√6 γ)
    for _ in range(12):
        power = torch.where(used, (shape * logs).exp(), 0.0)
        s0 = power.sum(1, keepdim=True)
        s1 = (power * logs).sum(1, keepdim=True) / s0
        s2 = (power * logs.square()).sum(1, keepdim=True) / s0
        step = (s1 - 1 / shape) / (s2 - s1.square() + 1 / shape.square())
        shape = (shape - step).clamp(min=shape / 3, max=shape * 3)
        if float((step / shape).abs().max()) < 1e-6:
            break
    power = torch.where(used, (shape * logs).exp(), 0.0)
    scale = (centre + (power.sum(1, keepdim=True) / count).log() / shape).exp()
    undefined = (count < FEWEST) | (spread < 1e-3)
    fits = [to_numpy(torch.where(undefined, torch.nan, fit)[:, 0]) for fit in (shape, scale)]
    return fits[0], fits[1]


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Statistics of the derivatives of luma in 8-bit units; NaN where the picture is constant.

    - `derivative_kurtosis`: m4 / m2² of the differences of horizontal neighbours (Gaussian: 3).
    - `derivative_shape`: shape of the generalized Gaussian that fits them.
    - `weibull_shape`, `weibull_scale`: γ and β (8-bit units per pixel) of the gradient's magnitude.
    """
    y = luma(images) * 255
    derivative = y.diff(dim=2).flatten(1)
    shape, scale = weibull(gradient_magnitude(y).flatten(1))
    values = (to_numpy(kurtosis(derivative)), ggd.shape(derivative), shape, scale)
    return dict(zip(IDS, values, strict=True))
