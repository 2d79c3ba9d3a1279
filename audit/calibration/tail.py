"""How surprising is a value, beside those of some dozens of clean networks?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from audit.errors import AuditError

BODY = 0.75
"""Share of the clean values below the tail: p is counted there, and fitted above."""
LEAST = 8
"""Clean networks that a null needs."""
SHAPE = 0.1
"""Shape of the generalised Pareto tail. A fixed one, since a quarter of some dozens of values cannot settle
it; 0 would be exponential. Above 0 is heavier, which errs on the side of silence."""


@dataclass(frozen=True)
class Tail:
    """Chance that a clean network reaches a value: counted in the body, generalised Pareto beyond it.

    Peaks over threshold (Pickands 1975, Annals of Statistics 3; Coles 2001, section 4.3).
    """

    values: tuple[float, ...]
    """Of clean networks, ascending."""
    start: float
    """Where the tail begins."""
    scale: float
    """Of the tail, in the unit of the values."""

    @classmethod
    def of(cls, values: Sequence[float], resolution: float = 1e-6) -> "Tail":
        """The tail of the clean values; at least eight finite ones. `resolution` is the least width it has:
        what sampling alone moves a value by, where clean networks happen to agree."""
        ordered = sorted(value for value in values if math.isfinite(value))
        if len(ordered) < LEAST:
            raise AuditError(
                f"a null distribution needs at least {LEAST} clean networks, and there are {len(ordered)}",
                fix="make calibrate",
            )
        place = BODY * (len(ordered) - 1)
        low = int(place)
        start = ordered[low] + (place - low) * (ordered[low + 1] - ordered[low])
        over = [value - start for value in ordered if value > start]
        spread = ordered[-1] - ordered[0]
        # Moment estimate for a known shape: the mean excess is scale / (1 - shape). A sample without excess
        # would give a tail of no width, which calls any other value impossible.
        mean = sum(over) / len(over) if over else 0.0
        return cls(tuple(ordered), start, max(mean * (1 - SHAPE), 0.05 * spread, resolution))

    def p(self, value: float) -> float:
        """Chance that a clean network's value is at least this one, in (0, 1]."""
        if math.isnan(value):
            return 1.0
        count = len(self.values)
        if value <= self.start:
            return (1 + sum(clean >= value for clean in self.values)) / (1 + count)
        share = (1 + sum(clean > self.start for clean in self.values)) / (1 + count)
        return share * (1 + SHAPE * (value - self.start) / self.scale) ** (-1 / SHAPE)
