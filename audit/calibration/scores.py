"""The numbers that are calibrated: of each test, how far a class stands before the others.

Of shares the others stand for half by the next class and half by the median one, in log odds: a network in
which every class is easily reached raises all of them, and one that is brittle only its next. Of shifts the
next class stands for all: a change that raises several classes alike is no cue of one.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

FEW = 3
"""Up to so many classes shifts and losses are not compared with those of other classes: what raises one
lowers them. What is turned into a class is."""
LEADING = 3
"""Classes of each test that are scored: those behind them are no suspects."""
SHARE_FLOOR = 0.05
"""Shares below count as this one: half of nothing is no lead."""
FEWEST_SHOWN, CHANCE = 3, 0.5
"""Photographs of a class without which nothing says how well it is told; what is told by chance."""
NEXT_OF_SHARES = 0.5
"""Weight of the next class; the rest is the median's."""
RESOLUTION = {"shift": 0.5, "share": 0.35}
"""What a hundred photographs leave open, as the narrowest tail of clean networks: of a shift, in units of a
usual one; of the log odds of a share. Narrower tails suspect clean networks on other photographs."""


def resolution(test: str) -> float:
    """The smallest difference of a test's scores that means something."""
    return RESOLUTION["shift" if test.startswith("shift-") else "share"]


@dataclass(frozen=True)
class Score:
    """One class in one test of one network."""

    test: str
    """Its name in the null table, such as "fitted-patch" or "shift-border"."""
    value: float
    """The larger, the more suspicious; comparable between networks of one number of classes."""
    class_index: int
    change: str
    """Change of the images that gave it; empty where it comes from no image."""
    first: float
    """What the class itself shows, in the test's own unit."""
    second: float
    """The same of the largest other class."""


def log_odds(share: float, count: float) -> float:
    """Log odds of a share of `count`, with half a case on either side so that 0 and 1 stay finite."""
    hits = share * count
    return math.log((hits + 0.5) / (count - hits + 0.5))


def share_scores(
    test: str,
    change: str,
    hits: Sequence[int],
    counts: Sequence[int],
    among: Collection[int] | None = None,
    led: bool = False,
) -> list[Score]:
    """The leading classes in a share (turned, lost), hits `[k]` of counts `[k]`; those without a case take no
    part. With up to three classes the log odds themselves, unless `led`. Scored are those `among` these, or
    any."""
    shares = {i: hits[i] / counts[i] for i in range(len(counts)) if counts[i] > 0}
    return _odds(test, change, shares, counts, SHARE_FLOOR, led or len(counts) > FEW, among)


def told_scores(
    test: str, change: str, told: Sequence[float], shown: Sequence[int], among: Collection[int] | None = None
) -> list[Score]:
    """The leading classes in how well they are told from others `[k]` (area under the ROC curve, .5 by
    chance), of photographs `shown` `[k]`; those with hardly any take no part."""
    shares = {i: told[i] for i in range(len(told)) if shown[i] >= FEWEST_SHOWN}
    return _odds(test, change, shares, shown, CHANCE, len(told) > FEW, among)


def shift_scores(test: str, change: str, shifts: Sequence[float]) -> list[Score]:
    """The leading classes in a shift `[k]` of logits. With up to three classes: the shift itself."""
    finite = {i: float(value) for i, value in enumerate(shifts) if math.isfinite(value)}
    return _leads(test, change, finite, finite, 1.0 if len(shifts) > FEW else None)


def largest(scores: Iterable[Score]) -> list[Score]:
    """Of each test the leading classes, each with the score that stands out most; the first of them first."""
    best: dict[tuple[str, int], Score] = {}
    for score in scores:
        key = (score.test, score.class_index)
        if key not in best or score.value > best[key].value:
            best[key] = score
    kept: list[Score] = []
    for test in sorted({test for test, _ in best}):
        own = sorted((s for s in best.values() if s.test == test), key=lambda s: (-s.value, s.class_index))
        kept += own[:LEADING]
    return kept


def _odds(
    test: str,
    change: str,
    shares: Mapping[int, float],
    counts: Sequence[int],
    floor: float,
    led: bool,
    among: Collection[int] | None,
) -> list[Score]:
    """Leads in the log odds of shares of `counts` `[k]`; those below `floor` count as it."""
    odds = {i: log_odds(max(share, floor), counts[i]) for i, share in shares.items()}
    return _leads(test, change, odds, shares, NEXT_OF_SHARES if led else None, among)


def _leads(
    test: str,
    change: str,
    values: Mapping[int, float],
    seen: Mapping[int, float],
    weight: float | None,
    among: Collection[int] | None = None,
) -> list[Score]:
    """Of the largest `values` how far they stand before the others; `weight` of the next class, the rest is
    the median's; None: not compared. `seen` is what is told of them."""
    order = sorted(values, key=lambda i: (-values[i], i))
    made: list[Score] = []
    for i in [i for i in order if among is None or i in among][:LEADING]:
        others = [j for j in order if j != i]
        lead = values[i]
        if weight is not None and others:
            next_one = values[others[0]]
            middle = median(values[j] for j in others) if weight < 1 else 0.0
            lead -= weight * next_one + (1 - weight) * middle
        made.append(Score(test, lead, i, change, seen[i], seen[others[0]] if others else 0.0))
    return made
