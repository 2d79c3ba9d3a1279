"""Shares of restarts, one for each class, against a limit: which classes are beyond it, and does it pass?

A class is beyond the limit if its true share of mistaken restarts is. Restarts are taken as independent
draws. Two errors are held for the network as a whole, whatever its number of classes.

**Flagged.** With thousands of classes and few restarts no correction over all classes could ever name one:
6 mistaken restarts of 6 have p = 1/64 against one half. But most classes of a network are nowhere near the
limit, and their mistakes do not come near it either. So only classes whose observed share is above the
limit are tested, each given that it is: p is the chance of as many mistakes at the limit, divided by the
chance of any share above it. For binomial counts this is valid for every true share at or under the limit
(their likelihood ratio is monotone: Zhao, Small and Su 2019, J. Am. Statist. Assoc. 114), and the
correction counts only the classes that are tested. A single class with 6 of 6 among clean ones has p =
1/22, however many those are; were all of 1,000 classes at the limit, some 344 would be tested and nothing
would come of it.

The tested classes are corrected by closed testing (Marcus, Peritz and Gabriel 1976, Biometrika 63), which
keeps the chance that any class is named wrongly at 5 %. A set of them is judged by the sum of its mistakes,
which sees several bad classes together that few restarts cannot show one by one, and by its worst class
(Bonferroni), which sees a single bad one among middling ones; each at half the level, and the sum alone
where not even a class that is mistaken always could be worst enough. Where restarts differ in number, by
the worst class alone, which is Holm's correction. If all tested classes together are beyond chance the
network is flagged. Where it stays open which of them it is, all of them are suspected and the text says so.

**Passed.** To ask that each class alone is certainly under the limit fails every honest network of many
classes: one mistake in 6 restarts leaves an interval up to 58 %. What can be said is how many classes may
lie beyond the limit: at least B of them do only if the B most mistaken ones could have made so few mistakes
together, so the largest B for which that has more than 5 % chance is an upper bound with 95 % confidence (a
partial conjunction, Benjamini and Heller 2008, Biometrics 64). A network passes if at most a tenth of its
classes, or two, may lie beyond, if no class has an observed share above the limit, and if one that is
mistaken in every restart would have been flagged. A single class that is mistaken nine times in ten slips
through 6 restarts in 1.6 % of networks, through 9 in 0.1 %.

How often each answer comes is simulated in `benchmarks/multiplicity.txt`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.checks._paired import holm

LEVEL = 0.05
"""Chance of a false alarm per network, and of a bound that is too low."""
TOLERATED, FEW = 0.1, 2
"""Share, and number where that is less, of classes that may lie beyond the limit in a network that passes."""
MOST = 400
"""Restarts above which none are advised."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Decision:
    """What the counts of all classes say. Classes are places in the list that was given."""

    outcome: Literal["flagged", "passed", "inconclusive"]
    above: list[int]
    """Whose observed share is above the limit."""
    p: float
    """Of all these together; 1 where there are none."""
    adjusted: dict[int, float]
    """Of each of them, corrected for their number; only where flagged."""
    at_most: int
    """So many classes may lie beyond the limit, with 95 % confidence."""
    could_flag: bool
    """Whether a single class that is mistaken in every restart would have been flagged."""
    suspected: list[int] = field(init=False)
    """The classes that are named; where it is open which of those above it is, all of them."""
    named: bool = field(init=False)
    """Whether each one suspected is beyond the limit by itself."""

    def __post_init__(self) -> None:
        sure = [place for place, p in self.adjusted.items() if p <= LEVEL]
        object.__setattr__(self, "named", bool(sure))
        object.__setattr__(self, "suspected", sure or (self.above if self.outcome == "flagged" else []))


def decide(counts: Sequence[tuple[int, int]], limit: float) -> Decision:
    """From mistaken restarts and restarts of each class, `0 <= k <= n` and `n >= 1`; at least one class."""
    above = [place for place, (k, n) in enumerate(counts) if k >= _first(n, limit)]
    tested = [counts[place] for place in above]
    p = _together(tested, limit)
    flagged = bool(above) and p <= LEVEL
    adjusted = dict(zip(above, _each(tested, limit), strict=True)) if flagged else {}
    at_most = most_beyond(counts, limit)
    could_flag = all(conditional_p(n, n, limit) <= LEVEL for n in {n for _, n in counts})
    settled = could_flag or limit >= 1
    clear = not above and settled and at_most <= tolerated(len(counts))
    outcome = "flagged" if flagged else "passed" if clear else "inconclusive"
    return Decision(outcome, above, p, adjusted, at_most, could_flag)


def conditional_p(k: int, n: int, limit: float) -> float:
    """Chance of at least k mistakes in n restarts at the limit, given a share above it; 1 for one within."""
    from scipy.special import bdtrc  # late: a policy is read in a moment without it

    first = _first(n, limit)
    if k < first:
        return 1.0
    return float(bdtrc(k - 1, n, limit) / bdtrc(first - 1, n, limit)) if limit > 0 else 0.0


def most_beyond(counts: Sequence[tuple[int, int]], limit: float) -> int:
    """Upper 95 % confidence bound on how many classes have a true share above the limit."""
    from scipy.special import bdtr  # late: a policy is read in a moment without it

    if limit >= 1:
        return 0
    table = np.asarray(counts)
    # Where restarts differ no set of classes has more mistakes in fewer restarts than this.
    mistakes, restarts = np.cumsum(np.sort(table[:, 0])[::-1]), np.cumsum(np.sort(table[:, 1]))
    possible = np.flatnonzero(bdtr(np.minimum(mistakes, restarts), restarts, limit) > LEVEL)
    return int(possible[-1]) + 1 if len(possible) else 0


def tolerated(classes: int) -> int:
    """How many of so many classes may lie beyond the limit in a network that passes."""
    return min(classes - 1, max(FEW, int(TOLERATED * classes)))


def restarts_needed(limit: float, share: float = 1.0, among: int = 1, over: int = 0) -> int | None:
    """Fewest restarts, more than `over`, with which a class that is mistaken in this share of them is named
    among so many tested; None: not within `MOST`."""
    level = LEVEL if among == 1 else LEVEL / 2
    for n in range(over + 1, MOST + 1):
        if among * conditional_p(int(share * n + 1e-9), n, limit) <= level:
            return n
    return None


def _first(n: int, limit: float) -> int:
    """Fewest mistakes whose share is above the limit."""
    return int(limit * n + 1e-9) + 1


def _together(tested: Sequence[tuple[int, int]], limit: float) -> float:
    """p of all tested classes: none is beyond the limit."""
    if not tested:
        return 1.0
    worst = min(conditional_p(k, n, limit) for k, n in tested)
    n = tested[0][1]
    if len({n for _, n in tested}) > 1 or limit <= 0:
        return min(1.0, len(tested) * worst)
    excess = sum(k for k, _ in tested) - len(tested) * _first(n, limit)
    chance = float(_sum_of(n, limit, len(tested))[excess:].sum())
    return _joined(chance, worst, len(tested), conditional_p(n, n, limit))


def _joined(chance: float, worst: float, size: int, least: float) -> float:
    """p of a set from that of its sum and that of its worst class; `least` is that of n of n mistakes."""
    if size == 1:
        return worst
    if size * least > LEVEL / 2:
        return chance
    return min(1.0, 2 * min(chance, size * worst))


def _each(tested: Sequence[tuple[int, int]], limit: float) -> list[float]:
    """p of each class, the largest of all sets that hold it.

    Both statistics of a set grow with each class's mistakes, so of the sets of one size that hold a class the
    one with the least mistaken others has the largest p.
    """
    raw = [conditional_p(k, n, limit) for k, n in tested]
    n = tested[0][1]
    if len({n for _, n in tested}) > 1 or limit <= 0:
        return holm(raw)
    first, least = _first(n, limit), conditional_p(n, n, limit)
    excess = sorted(k - first for k, _ in tested)
    sums = np.concatenate([[0], np.cumsum(excess)])
    largest = dict.fromkeys(excess, 0.0)
    for size, chances in enumerate(_sums(n, limit, len(tested)), start=1):
        tail = np.cumsum(chances[::-1])[::-1]
        lowest = excess[size - 1]
        for own, found in largest.items():
            total = int(sums[size] if own <= lowest else sums[size - 1] + own)
            worst = conditional_p(first + max(own, lowest), n, limit)
            largest[own] = max(found, _joined(min(1.0, float(tail[total])), worst, size, least))
    return [largest[k - first] for k, _ in tested]


def _excess(n: int, limit: float) -> Floats:
    """Chances at the limit of 0, 1, … mistakes more than the fewest above it, given a share above it."""
    from scipy.stats import binom  # late: a policy is read in a moment without it

    chances = binom.pmf(np.arange(_first(n, limit), n + 1), n, limit)
    return chances / chances.sum()


def _sums(n: int, limit: float, classes: int) -> Iterator[Floats]:
    """Chances of each sum of excesses of 1, 2, … classes."""
    one = _excess(n, limit)
    chances = np.ones(1)
    for _ in range(classes):
        chances = np.convolve(chances, one)
        yield chances


@cache
def _sum_of(n: int, limit: float, classes: int) -> Floats:
    """The same of so many classes, by halving."""
    if classes == 1:
        return _excess(n, limit)
    half = _sum_of(n, limit, classes // 2)
    twice = np.convolve(half, half)
    return np.convolve(twice, _excess(n, limit)) if classes % 2 else twice
