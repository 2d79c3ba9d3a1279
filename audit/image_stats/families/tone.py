"""Contrast, use of the tonal range, and variation from pixel to pixel."""

import numpy as np
import torch
from torch import Tensor

from audit.image_stats.pixels import luma, to_numpy
from audit.image_stats.statistic import Statistic

PLACE = 48
STATISTICS = (
    Statistic("contrast", "RMS contrast", "", True,
              "Standard deviation of luma, white = 1."),
    Statistic("entropy", "Entropy", "bits", False,
              "Shannon entropy of the histogram of luma."),
    Statistic("total_variation", "Total variation", "1/px", False,
              "Mean difference of luma to the right plus that to the pixel below, white = 1."),
)  # fmt: skip


def entropy(levels: Tensor) -> np.ndarray:
    """Shannon entropy in bits of the histogram of 8-bit levels, integers [n, k] → [n]; others are clipped."""
    n, k = levels.shape
    place = levels.clamp(0, 255) + 256 * torch.arange(n)[:, None]
    share = torch.bincount(place.flatten(), minlength=256 * n).reshape(n, 256).double() / k
    return to_numpy(torch.special.entr(share).sum(1) / np.log(2))


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Tonal statistics of luma; all are 0 on a constant picture.

    - `contrast`: standard deviation of luma in [0, 1] (RMS contrast).
    - `entropy`: bits per pixel of the histogram of luma, rounded to 8 bits.
    - `total_variation`: mean |difference to the right| + |difference below|, luma in [0, 1].
    """
    y = luma(images)
    right, below = y[:, :-1, :].diff(dim=2), y[:, :, :-1].diff(dim=1)
    return {
        "contrast": to_numpy(y.flatten(1).std(1, correction=0)),
        "entropy": entropy((y.flatten(1) * 255).round().long()),
        "total_variation": to_numpy((right.abs() + below.abs()).mean((1, 2))),
    }
