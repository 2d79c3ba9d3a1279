"""Windowed power spectra and their means over rings of spatial frequency (cycles per pixel)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Plane:
    """The half plane of frequencies that `rfft2` of an h x w picture returns, all flattened."""

    window: Tensor
    """[h, w] two-dimensional Hann window, periodic, never negative."""
    radius: np.ndarray
    """[h * (w // 2 + 1)] cycles per pixel."""
    angle: np.ndarray
    """Degrees from the horizontal frequency axis, 0 to 90."""
    copies: np.ndarray
    """2 where the other half plane holds the mirrored coefficient, else 1."""


@lru_cache(maxsize=8)
def plane(height: int, width: int) -> Plane:
    """The frequency plane of one picture size."""
    fy = np.abs(np.fft.fftfreq(height))[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    copies = np.where((fx == 0) | (fx == 0.5), 1.0, 2.0)
    hann = [torch.hann_window(side, periodic=True, dtype=torch.float64) for side in (height, width)]
    return Plane(
        window=hann[0][:, None] * hann[1][None, :],
        radius=np.hypot(fy, fx).ravel(),
        angle=np.degrees(np.arctan2(fy + 0 * fx, fx + 0 * fy)).ravel(),
        copies=np.broadcast_to(copies, (height, fx.shape[1])).ravel().copy(),
    )


def windowed(planes: Tensor) -> Tensor:
    """Coefficients of planes [..., h, w] → complex [..., h * (w // 2 + 1)], orthonormal.

    The window-weighted mean is subtracted (so that it does not leak), the Hann window applied, and
    its loss of energy undone: white noise of variance v has expected power v at every coefficient.
    """
    p = plane(planes.shape[-2], planes.shape[-1])
    centred = planes - (planes * p.window).sum((-2, -1), keepdim=True) / p.window.sum()
    gain = p.window.square().mean().sqrt()
    return torch.fft.rfft2(centred * p.window / gain, norm="ortho").flatten(-2)


@dataclass(frozen=True, eq=False)
class Rings:
    """Logarithmically spaced annuli; those without a coefficient are left out."""

    frequencies: np.ndarray
    """[m] geometric mean frequency of the coefficients of each ring."""
    members: Tensor
    """Indices of the flattened half plane that lie in some ring."""
    ring: Tensor
    """The ring of each member."""
    weights: Tensor
    """Its share of that ring's mean."""

    def mean(self, power: Tensor) -> Tensor:
        """Mean over each ring: power [..., h * (w // 2 + 1)] → [..., m]."""
        weighted = power[..., self.members] * self.weights
        sums = weighted.new_zeros((*power.shape[:-1], len(self.frequencies)))
        return sums.index_add_(-1, self.ring, weighted)


@lru_cache(maxsize=16)
def rings(height: int, width: int, low: float, high: float, per_octave: int) -> Rings:
    """Annuli from `low` to `high` (both included), `per_octave` of them in each factor of two."""
    p = plane(height, width)
    count = max(2, round(np.log2(high / low) * per_octave))
    edges = np.geomspace(low * (1 - 1e-9), high * (1 + 1e-9), count + 1)
    ring = np.searchsorted(edges, p.radius, side="right") - 1
    members = np.flatnonzero((ring >= 0) & (ring < count))
    _, ring = np.unique(ring[members], return_inverse=True)
    weights = p.copies[members] / np.bincount(ring, p.copies[members])[ring]
    return Rings(
        frequencies=np.exp(np.bincount(ring, weights * np.log(p.radius[members]))),
        members=torch.from_numpy(members),
        ring=torch.from_numpy(ring),
        weights=torch.from_numpy(weights),
    )


def fit_slope(frequencies: np.ndarray, power: np.ndarray) -> np.ndarray:
    """α of power ~ f^-α, by least squares in log-log: frequencies [m], power [..., m] → [...]."""
    x = np.log(frequencies) - np.log(frequencies).mean()
    y = np.log(np.where(power > 0, power, np.nan))
    return -(y * x).sum(-1) / (x * x).sum()
