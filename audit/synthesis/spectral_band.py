"""Keeps the spectrum of finished pictures inside the natural band, ring by ring and channel by channel."""

import numpy as np
import torch
from torch import Tensor

from audit.image_stats import NaturalPrior

WITHIN = 0.75
"""Share of the way from the median to the 5th and 95th percentile, in logarithms, that the band takes. No
photograph is at the 5th percentile in every ring: a picture that is has too little fine detail as a whole."""


class Band:
    """Within the 5th to 95th percentile of photographs' power, relative to their median, for one size."""

    def __init__(
        self, prior: NaturalPrior, channels: int, height: int, width: int, device: torch.device
    ) -> None:
        """Each frequency belongs to the prior's ring nearest to it (in octaves); DC to none."""
        self.size = (height, width)
        fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
        radius = np.hypot(fy, fx)
        radius[0, 0] = 1.0
        distance = np.abs(np.log(radius)[..., None] - np.log(np.array(prior.frequencies)))
        rings = distance.argmin(-1)
        rings[0, 0] = len(prior.frequencies)
        self._rings = torch.from_numpy(rings.ravel()).to(device)
        self._count = torch.bincount(self._rings, minlength=len(prior.frequencies) + 1).clamp(min=1)
        middle = np.array(prior.power)
        low, high = ((np.array(p) / middle) ** WITHIN for p in (prior.power_low, prior.power_high))
        self._low, self._high = (self._rows(band, channels, device) for band in (low, high))

    def __call__(self, coefficients: Tensor, gain: Tensor) -> Tensor:
        """Whitened coefficients `[n, c, h, w // 2 + 1, 2]`, each ring scaled to lie in the band.

        `gain` `[n, 1, 1, 1]`: the factor by which the picture's deviations are multiplied before it is
        shown. White coefficients of power 1 times a gain of 1 have the median photograph's spectrum.
        """
        power = coefficients.square().sum(-1).flatten(2) * gain[:, 0].square()
        total = power.new_zeros(*power.shape[:2], len(self._count))
        total.index_add_(2, self._rings, power)
        mean = (total / self._count).clamp(min=1e-20)
        factor = (mean.clamp(self._low, self._high) / mean).sqrt()
        factor[..., -1] = 1.0
        return coefficients * factor[..., self._rings].view(coefficients.shape[:-1])[..., None]

    def _rows(self, band: np.ndarray, channels: int, device: torch.device) -> Tensor:
        rows = torch.from_numpy(band).float()
        if channels != 3:
            rows = rows[:1].expand(channels, -1)
        return torch.cat([rows, torch.ones(channels, 1)], 1).to(device)
