"""Several ways to answer the same photographs against one of them."""

import math
from collections.abc import Sequence
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def holm(raw: Sequence[float], weights: Sequence[float] | None = None) -> list[float]:
    """p-values adjusted for their number, in the same order (Holm 1979, Scand. J. Statist. 6:65-70).

    `weights` above 0, fixed before the data are seen, share the error unequally (his section 4): a p of twice
    the weight is adjusted half as much.
    """
    shares = weights or [1.0] * len(raw)
    adjusted = [1.0] * len(raw)
    largest, left = 0.0, sum(shares)
    for index in sorted(range(len(raw)), key=lambda i: raw[i] / shares[i]):
        largest = max(largest, min(1.0, left / shares[index] * raw[index]))
        adjusted[index] = largest
        left -= shares[index]
    return adjusted


def difference(n: int, before: int, gained: int, lost: int) -> tuple[float, tuple[float, float]]:
    """Change of a share of n photographs of which `before` were right, and its 95 % interval.

    Newcombe 1998, Statist. Med. 17:2635-2650, method 10: Wilson intervals of both shares, joined with the
    correlation between the pairs.
    """
    after = before + gained - lost
    (low1, high1), (low0, high0) = _wilson(after, n), _wilson(before, n)
    p1, p0 = after / n, before / n
    phi = _correlation(before - lost, gained, lost, n - before - gained)
    down, up = (p1 - low1, high0 - p0), (high1 - p1, p0 - low0)
    change = p1 - p0
    # The squares may come out a rounding error below 0 where the pairs agree fully.
    low, high = (math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b)) for a, b in (down, up))
    return change, (change - low, change + high)


def _wilson(k: int, n: int) -> tuple[float, float]:
    centre, half = k + Z * Z / 2, Z * math.sqrt(k * (n - k) / n + Z * Z / 4)
    return (centre - half) / (n + Z * Z), (centre + half) / (n + Z * Z)


def _correlation(both: int, gained: int, lost: int, neither: int) -> float:
    """Of right answers between the two ways, corrected for continuity as the paper does."""
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    if margins == 0:
        return 0.0
    product, half = both * neither - gained * lost, (both + gained + lost + neither) / 2
    corrected = max(product - half, 0.0) if product > 0 else float(product)
    return corrected / math.sqrt(margins)
