"""Separable filters on planes, borders mirrored."""

import torch
from torch import Tensor
from torch.nn import functional


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
