"""How much of a picture's edges repeats with one period: the trace that a network of patches leaves."""

import math

from torch import Tensor

NEIGHBOURS = (-3, -1, 1, 3)
"""Periods to compare with; of a power of two these share no harmonic."""


def patch_grid(images: Tensor, period: int) -> float:
    """Energy of edges at `period` pixels against neighbouring periods, over images `[n, c, h, w]`.

    1: no grid. Absolute differences of neighbouring pixels, averaged along the other axis, are folded at the
    period; the variance over its phases is the energy of the period and its harmonics. ValueError where a
    side has fewer than two periods.
    """
    if min(images.shape[2:]) <= 2 * (period + max(NEIGHBOURS)):
        raise ValueError(f"expected sides above {2 * (period + max(NEIGHBOURS))} px, got {images.shape[2:]}")
    profiles = [images.diff(dim=axis).abs().mean((1, 5 - axis)) for axis in (2, 3)]
    wanted = sum(_energy(profile, period) for profile in profiles)
    periods = [period + step for step in NEIGHBOURS if math.gcd(period + step, period) == 1]
    around = sum(_energy(profile, other) for profile in profiles for other in periods) / len(periods)
    return wanted / around


def _energy(profile: Tensor, period: int) -> float:
    """Variance over phases of a profile `[n, length]`, times its repeats: noise has one at all periods."""
    repeats = profile.shape[1] // period
    # The light of the whole picture is no grid: only what differs from its surroundings by one period counts.
    folded = profile[:, : repeats * period].unflatten(1, (repeats, period))
    level = folded - folded.mean(2, keepdim=True)
    return float(level.mean(1).var(1).mean()) * repeats
