"""The numbers that are calibrated: of each test, how far its first class stands before the second."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FEW = 3
"""Up to so many classes no class can be compared with the others; effects alone are."""
SHARE_FLOOR = 0.05
"""Shares below count as this one: half of nothing is no lead."""
RESOLUTION = {"shift": 0.5, "share": 0.35}
"""What a hundred photographs leave open: of a shift, in units of a usual one; of the log odds of a share."""


def resolution(test: str) -> float:
    """The smallest difference of a test's scores that means something."""
    return RESOLUTION["shift" if test.startswith("shift-") else "share"]


@dataclass(frozen=True)
class Score:
    """One test statistic of one network."""

    test: str
    """Its name in the null table, such as "fitted-patch" or "shift-border"."""
    value: float
    """The larger, the more suspicious; comparable between networks of one number of classes."""
    class_index: int
    """Class that it points at."""
    change: str
    """Change of the images that gave it; empty where it comes from no image."""
    first: float
    """What the class itself shows, in the test's own unit."""
    second: float
    """The same of the next class."""


def log_odds(share: float, count: int) -> float:
    """Log odds of a share of `count`, with half a case on either side so that 0 and 1 stay finite."""
    hits = share * count
    return math.log((hits + 0.5) / (count - hits + 0.5))


def share_score(test: str, change: str, hits: Sequence[int], counts: Sequence[int]) -> Score | None:
    """Lead of the first class in a share (turned, lost), hits `[k]` of counts `[k]`, in log odds.

    None where no class has a case. With up to three classes: the log odds themselves.
    """
    usable = [i for i, count in enumerate(counts) if count > 0]
    if not usable:
        return None
    shares = {i: hits[i] / counts[i] for i in usable}
    odds = {i: log_odds(max(shares[i], SHARE_FLOOR), counts[i]) for i in usable}
    first, second = _first_two(odds)
    value = odds[first] if len(counts) <= FEW or second is None else odds[first] - odds[second]
    return Score(test, value, first, change, shares[first], shares[second] if second is not None else 0.0)


def shift_score(test: str, change: str, shifts: Sequence[float]) -> Score | None:
    """Lead of the first class in a shift `[k]` of logits. With up to three classes: the shift itself."""
    finite = {i: float(value) for i, value in enumerate(shifts) if math.isfinite(value)}
    if not finite:
        return None
    first, second = _first_two(finite)
    value = finite[first] if len(shifts) <= FEW or second is None else finite[first] - finite[second]
    return Score(test, value, first, change, finite[first], finite[second] if second is not None else 0.0)


def largest(scores: Iterable[Score | None]) -> list[Score]:
    """Of each test the score that stands out most."""
    best: dict[str, Score] = {}
    for score in scores:
        if score is not None and (score.test not in best or score.value > best[score.test].value):
            best[score.test] = score
    return [best[test] for test in sorted(best)]


def _first_two(values: Mapping[int, float]) -> tuple[int, int | None]:
    order = sorted(values, key=lambda i: (-values[i], i))
    return order[0], order[1] if len(order) > 1 else None
