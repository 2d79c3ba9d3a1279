"""How the activations of a picture in one layer compare with those of photographs: arrays in, numbers out.

Geirhos et al. 2024 ("Don't trust your eyes: on the (un)reliability of feature visualizations", section 3)
compare the activations of a visualization with those of photographs of its class, layer by layer, between
photographs of other classes (0) and of the same class (1). Here activations are averaged over positions,
standardised by channel and compared by cosine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

FLOOR = 0.05
"""Least standard deviation of a channel, as a share of the layer's (root mean square)."""
BEYOND = 3.0
"""A channel counts as inactive on photographs if a picture exceeds all of them by so many times their range.
A picture optimised to excite a channel exceeds photographs somewhat in sound networks too. On five honest
networks, channels beyond 0.5 ranges held at most 31 % of a layer's activity, beyond 1 range 7 %, beyond 2
none. On fooling circuits they held all of it even beyond 3 (`benchmarks/badge.txt`)."""


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of each channel over photographs, `[d]`."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, parts: Iterable[Floats]) -> "Scale":
        """Over all rows of the parts `[n, d]`, one part in memory at a time."""
        count, total, squares = 0, 0.0, 0.0
        for part in parts:
            rows = part.astype(np.float64)
            count, total, squares = count + len(rows), total + rows.sum(0), squares + (rows**2).sum(0)
        mean = np.asarray(total) / max(count, 1)
        variance = np.maximum(np.asarray(squares) / max(count, 1) - mean**2, 0)
        floor = FLOOR * np.sqrt(variance.mean())
        return cls(mean, np.maximum(np.sqrt(variance), max(float(floor), 1e-12)))

    def __call__(self, rows: Floats) -> Floats:
        """Rows `[n, d]` as float32 directions: standardised, of length 1."""
        return directions((rows - self.mean) / self.deviation)


def directions(rows: Floats) -> Floats:
    """Rows `[n, d]` at length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def similarity(picture: Floats, own: Floats, others: Floats) -> float | None:
    """Similarity of a picture `[d]` to a class whose photographs have the directions `own` `[n, d]`, n >= 2.

    It is a cosine, rescaled: 0 is the similarity of the other photographs, whose mean direction is `others`
    `[d]`; 1 is the mean similarity of a photograph of the class to the rest of the class. None where the
    class's photographs are no more similar to each other than to other classes.
    """
    middle = directions(own.sum(0, keepdims=True))[0]
    rest = directions(own.sum(0, keepdims=True) - own)
    same, other = float((own * rest).sum(1).mean()), float(others @ middle)
    if same - other < 0.02:
        return None
    return (float(picture @ middle) - other) / (same - other)


def similarity_error(picture: Floats, own: Floats, others: Floats) -> float | None:
    """Standard error of `similarity` over the class's photographs, by the jackknife (Efron and Stein 1981).

    Each photograph is left out in turn. None with fewer than three photographs, or where `similarity` of
    those left would be None.
    """
    n = len(own)
    if n < 3:
        return None
    whole = own.sum(0, dtype=np.float64)
    gram = (own @ own.T).astype(np.float64)
    square, along, length = float(whole @ whole), (own @ whole).astype(np.float64), gram.diagonal()
    left = np.sqrt(np.maximum(square - 2 * along + length, 1e-24))
    numerator, other = (float(v @ whole) - (own @ v).astype(np.float64) for v in (picture, others))
    # Of photograph i (row) to the mean of all but i and j, for each j (column).
    dots = along[:, None] - gram - length[:, None]
    norms = square - 2 * (along[:, None] + along) + length[:, None] + length + 2 * gram
    cosines = dots / np.sqrt(np.maximum(norms, 1e-24))
    np.fill_diagonal(cosines, 0)
    apart = cosines.sum(0) / (n - 1) - other / left
    if apart.min() < 0.02:
        return None
    values = (numerator / left - other / left) / apart
    return float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))


def nearest_others(photographs: Floats) -> Floats:
    """Directions `[m, d]` → cosine of each to the nearest other one, `[m]`."""
    cosines = photographs @ photographs.T
    np.fill_diagonal(cosines, -1)
    return cosines.max(1)


def inactive(pictures: Floats, photographs: Floats) -> tuple[Floats, list[list[int]]]:
    """Raw activations `[p, d]` and `[m, d]` → share `[p]` of each picture's activity in channels that
    are inactive on photographs, and these channels, strongest first. Activity is the distance from the mean
    of the photographs."""
    low, high = photographs.min(0), photographs.max(0)
    activity = _beyond(pictures, photographs.mean(0), low, high)
    return _shares(activity, pictures, photographs.mean(0)), [
        [int(k) for k in np.argsort(-row)[:5] if row[k] > 0] for row in activity
    ]


def inactive_by_chance(photographs: Floats) -> Floats:
    """The same share for each photograph `[m, d]` against all others, `[m]`."""
    ordered = np.sort(photographs, axis=0)
    low = np.where(photographs == ordered[0], ordered[1], ordered[0])
    high = np.where(photographs == ordered[-1], ordered[-2], ordered[-1])
    middle = photographs.mean(0)
    return _shares(_beyond(photographs, middle, low, high), photographs, middle)


def _beyond(rows: Floats, middle: Floats, low: Floats, high: Floats) -> Floats:
    """Distance from the mean in channels that exceed the range by `BEYOND` times its width, else 0."""
    # Rounding errors of a constant channel must not count.
    room = BEYOND * (high - low) + 1e-5 * np.abs(rows).max(initial=0.0)
    return np.where((rows > high + room) | (rows < low - room), np.abs(rows - middle), 0)


def _shares(activity: Floats, rows: Floats, middle: Floats) -> Floats:
    whole = np.abs(rows - middle).sum(1)
    return activity.sum(1) / np.where(whole > 0, whole, 1)
