"""Haar details of luma: how sparse they are, and the noise that the finest of them carry.

Mallat 1989 (shape); Donoho and Johnstone 1994 (noise).
"""

import numpy as np
import torch
from torch import Tensor

from audit.image_stats import generalized_gaussian as ggd
from audit.image_stats.pixels import luma, to_numpy
from audit.image_stats.statistic import Statistic

PLACE = 40
STATISTICS = (
    Statistic("haar_shape_1", "Haar shape, level 1", "", True,
              "Generalized Gaussian shape of the finest Haar details; 2 for Gaussian noise."),
    Statistic("haar_shape_2", "Haar shape, level 2", "", True,
              "The same at twice the scale."),
    Statistic("haar_shape_3", "Haar shape, level 3", "", True,
              "The same at four times the scale."),
    Statistic("noise", "Noise level", "8-bit", False,
              "Median of the finest diagonal Haar details as a standard deviation of white noise."),
)  # fmt: skip

LEVELS = 3
FEWEST = 4
"""Shortest side of a level whose details are still described."""


def haar(planes: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """One level of the orthonormal Haar transform of planes [n, h, w]: approximation and (HL, LH, HH).

    An odd last row or column is left out.
    """
    height, width = planes.shape[1] // 2 * 2, planes.shape[2] // 2 * 2
    x = planes[:, :height, :width]
    a, b, c, d = x[:, ::2, ::2], x[:, ::2, 1::2], x[:, 1::2, ::2], x[:, 1::2, 1::2]
    return (a + b + c + d) / 2, ((a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2)


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Wavelet statistics of luma; NaN where there is no detail.

    - `haar_shape_1` ... `haar_shape_3`: generalized Gaussian shape of the three detail bands together.
    - `noise`: median |HH| / 0.6745 of the finest level, in 8-bit units: the standard deviation that
      white noise would have.
    """
    approximation = luma(images) * 255
    values: dict[str, np.ndarray] = {}
    finest: np.ndarray | None = None
    for level in range(1, LEVELS + 1):
        approximation, bands = haar(approximation)
        if finest is None:
            finest = to_numpy(bands[2].flatten(1).abs())
        details = torch.cat([band.flatten(1) for band in bands], 1)
        enough = min(approximation.shape[1:]) >= FEWEST
        values[f"haar_shape_{level}"] = ggd.shape(details) if enough else np.full(len(images), np.nan)
    assert finest is not None
    values["noise"] = np.median(finest, 1) / 0.6744897501960817
    return values
