"""How strongly the three channels go together (Ruderman, Cronin and Chiao 1998)."""

import numpy as np
import torch
from torch import Tensor

from audit.image_stats.pixels import ratio, to_numpy
from audit.image_stats.statistic import Statistic

PLACE = 20
STATISTICS = (
    Statistic("correlation_rg", "Correlation red-green", "", True,
              "Pearson correlation of the red and green channels."),
    Statistic("correlation_gb", "Correlation green-blue", "", True,
              "Pearson correlation of the green and blue channels."),
    Statistic("correlation_rb", "Correlation red-blue", "", True,
              "Pearson correlation of the red and blue channels."),
    Statistic("first_component", "First colour component", "", True,
              "Share of the colour variance along its first principal component."),
)  # fmt: skip

IDS = tuple(statistic.id for statistic in STATISTICS)


def covariance(images: Tensor) -> Tensor:
    """Covariance of the channels within each image: [n, c, h, w] → float64 [n, c, c]."""
    x = images.double().flatten(2)
    x = x - x.mean(2, keepdim=True)
    return x @ x.transpose(1, 2) / x.shape[2]


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Pearson correlations of R-G, G-B, R-B and the share of variance along the first principal component.

    NaN without three channels, and where a channel (for the share: every channel) is constant.
    """
    if images.shape[1] != 3:
        return {id: np.full(len(images), np.nan) for id in IDS}
    c = covariance(images)
    variance = c.diagonal(dim1=1, dim2=2)
    pairs = ((0, 1), (1, 2), (0, 2))
    values = [ratio(c[:, i, j], (variance[:, i] * variance[:, j]).sqrt()) for i, j in pairs]
    values.append(ratio(torch.linalg.eigvalsh(c)[:, -1], variance.sum(1)))
    return {id: to_numpy(value.clamp(-1, 1)) for id, value in zip(IDS, values, strict=True)}
