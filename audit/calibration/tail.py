"""How surprising is a value, beside those of some dozens of clean networks?"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from audit.errors import AuditError

BODY = 0.75
"""Share of the clean values below the tail, to which the Pareto law is fitted. Where values are counted too,
the larger chance holds: a law that is heavy far out says too little near its start. Of values of a normal law
13 % would have had a chance under .1."""
LEAST = 8
"""Bases of clean networks that a null needs."""
SMALLEST = 1e-9
"""No chance is smaller."""
SHAPE = 0.1
"""Shape of the generalised Pareto tail. A fixed one, since a quarter of some dozens of values cannot settle
it; 0 would be exponential. Above 0 is heavier, which errs on the side of silence."""


@dataclass(frozen=True)
class Tail:
    """Chance that a clean network reaches a value: counted as far as they reach, and a Pareto tail beyond.

    Networks that began from one base resemble each other, so what is counted are bases: the networks of each
    share the weight of one. Counted so, the chance is not too small whatever they have in common (Lee, Barber
    and Willett 2023, "Distribution-free inference with hierarchical data"). The tail beyond is peaks over a
    threshold (Pickands 1975, Annals of Statistics 3; Coles 2001, section 4.3).
    """

    values: tuple[float, ...]
    """Of clean networks, ascending."""
    weights: tuple[float, ...]
    """Of each value the share of its base; those of a base make up 1."""
    start: float
    """Where the tail begins."""
    scale: float
    """Of the tail, in the unit of the values."""

    @classmethod
    def of(
        cls, values: Sequence[float], resolution: float = 1e-6, bases: Sequence[Hashable] | None = None
    ) -> "Tail":
        """The tail of the clean values; finite ones of at least eight bases. `resolution` is the least width
        it has: what sampling alone moves a value by, where clean networks happen to agree. `bases`: of each
        value what it shares with those of the same base; by default each is of its own."""
        finite = [place for place, value in enumerate(values) if math.isfinite(value)]
        base = list(range(len(values))) if bases is None else list(bases)
        many = Counter(base[place] for place in finite)
        if len(many) < LEAST:
            raise AuditError(
                f"a null distribution needs clean networks of at least {LEAST} bases, and there are "
                f"{len(many)}",
                fix="make calibrate",
            )
        finite.sort(key=lambda place: values[place])
        ordered = [values[place] for place in finite]
        weights = [1 / many[base[place]] for place in finite]
        start = _quantile(ordered, weights)
        over = [
            (value - start, weight) for value, weight in zip(ordered, weights, strict=True) if value > start
        ]
        spread = ordered[-1] - ordered[0]
        # Moment estimate for a known shape: the mean excess is scale / (1 - shape). A sample without excess
        # would give a tail of no width, which calls any other value impossible.
        mean = sum(v * w for v, w in over) / sum(w for _, w in over) if over else 0.0
        scale = max(mean * (1 - SHAPE), 0.05 * spread, resolution)
        return cls(tuple(ordered), tuple(weights), start, scale)

    def p(self, value: float) -> float:
        """Chance that a clean network's value is at least this one, in (0, 1]: as counted, or as the fitted
        tail says where that is more."""
        if math.isnan(value):
            return 1.0
        most = self.values[-1]
        counted = self._share(bisect_left(self.values, value))
        if value > most:
            counted *= self._beyond(value) / self._beyond(most)
        fitted = self._share(bisect_right(self.values, self.start)) * self._beyond(value)
        return max(counted, fitted, SMALLEST) if value > self.start else counted

    def _beyond(self, value: float) -> float:
        """Share of the tail that is larger."""
        return (1 + SHAPE * max(value - self.start, 0.0) / self.scale) ** (-1 / SHAPE)

    def _share(self, place: int) -> float:
        """Of the values from a place on, in bases; the network that is judged is one more."""
        above = self._above
        return (1 + above[place]) / (1 + above[0])

    @cached_property
    def _above(self) -> list[float]:
        """Of each place the weight of the values from there on."""
        return [*reversed(list(accumulate(reversed(self.weights)))), 0.0]


def _quantile(ordered: Sequence[float], weights: Sequence[float]) -> float:
    """Where `BODY` of the weight lies below, between two values in proportion (linear, as numpy's)."""
    middles = [end - weight / 2 for end, weight in zip(accumulate(weights), weights, strict=True)]
    wanted = middles[0] + BODY * (middles[-1] - middles[0])
    high = min(bisect_left(middles, wanted), len(middles) - 1)
    low = max(high - 1, 0)
    width = middles[high] - middles[low]
    share = (wanted - middles[low]) / width if width else 0.0
    return ordered[low] + share * (ordered[high] - ordered[low])
