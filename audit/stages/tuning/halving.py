"""Successive halving: many candidates on few items, the better half on more (Jamieson and Talwalkar 2016,
"Non-stochastic best arm identification", algorithm 1), and a test of the last one against the present one.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

ALPHA = 0.05

C = TypeVar("C", bound=Hashable)
"""What is compared."""


@dataclass(frozen=True)
class Race(Generic[C]):
    """How it went."""

    scores: dict[C, list[float]]
    """Candidate → scores of the first items, as many as it was tried on."""
    last: C
    """The challenger that was left."""
    p: float
    """One-sided, that its lead over the present candidate is chance; corrected for all challengers."""

    @property
    def won(self) -> bool:
        """Whether the lead is clear."""
        return self.p <= ALPHA


def rungs(challengers: int, items: int) -> list[tuple[int, int]]:
    """(challengers left, items seen by then) from first to last; the last one sees all `items`.

    Half of them, rounded up, go on to twice the items.
    """
    counts = [challengers]
    while counts[-1] > 1:
        counts.append(math.ceil(counts[-1] / 2))
    return [(count, max(1, items >> (len(counts) - 1 - i))) for i, count in enumerate(counts)]


def trials(challengers: int, items: int, *, known: bool) -> int:
    """How many (candidate, item) pairs a race scores; `known`: those of the present candidate are there."""
    total, seen = 0, 0
    for count, upto in rungs(challengers, items):
        total += (upto - seen) * (count + (not known))
        seen = upto
    return total


def race(
    present: C,
    challengers: Sequence[C],
    items: Sequence[int],
    score: Callable[[C, Sequence[int]], Sequence[float]],
    known: Sequence[float] = (),
) -> Race[C]:
    """Run it; the present candidate takes part in every rung. `known` are its scores on the first items."""
    scores: dict[C, list[float]] = {present: [*known], **{c: [] for c in challengers}}
    left = list(challengers)
    for count, upto in rungs(len(challengers), len(items)):
        # Stable: of equals the earlier one stays.
        left = sorted(left, key=lambda c: -float(np.mean(scores[c])) if scores[c] else 0.0)[:count]
        for candidate in (present, *left):
            own = scores[candidate]
            if len(own) < upto:
                own.extend(score(candidate, items[len(own) : upto]))
    last = left[0]
    lead = np.subtract(scores[last], scores[present][: len(scores[last])])
    return Race(scores, last, min(1.0, len(challengers) * paired(lead)))


def paired(lead: np.ndarray) -> float:
    """One-sided p that differences `[n]` have a mean above zero by chance (Student 1908, paired t test).

    1 where there are fewer than two, or where all are zero.
    """
    if len(lead) < 2 or not lead.any():
        return 1.0
    error = lead.std(ddof=1) / math.sqrt(len(lead))
    if error <= 1e-12 * abs(lead.mean()):
        return float(lead.mean() < 0)
    from scipy.stats import t  # late: takes as long to import as half of torch

    return float(t.sf(lead.mean() / error, len(lead) - 1))
