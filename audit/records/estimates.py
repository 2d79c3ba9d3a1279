"""A share with its exact interval."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Self

from audit.records.record import Record

CONFIDENCE = 0.95


class Proportion(Record):
    """k of n with the exact 95 % interval (Clopper and Pearson 1934, Biometrika 26)."""

    k: int
    n: int
    interval: tuple[float, float]
    """Both ends, in [0, 1]; (0, 1) where n is 0."""

    @classmethod
    def of(cls, k: int, n: int) -> Self:
        """The proportion k of n; `0 <= k <= n`."""
        from scipy.special import betaincinv

        tail = (1 - CONFIDENCE) / 2
        low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
        high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
        return cls(k=k, n=n, interval=(low, high))

    @property
    def value(self) -> float:
        """k / n; NaN where n is 0."""
        return self.k / self.n if self.n else float("nan")

    def above(self, limit: float) -> bool:
        """The whole interval lies above the limit."""
        return self.interval[0] > limit

    def below(self, limit: float) -> bool:
        """The whole interval lies at or below the limit."""
        return self.interval[1] <= limit

    def __str__(self) -> str:
        """`3 of 8 (95 % interval 9% to 76%)`."""
        low, high = self.interval
        return f"{self.k} of {self.n} (95 % interval {low:.0%} to {high:.0%})"


# Two ways to answer the same photographs: is one of them right more often?


def sign_test(gained: int, lost: int) -> float:
    """One-sided exact p that `gained` of the photographs on which two ways differ are no more than chance.

    McNemar 1947 (Psychometrika 12) in its exact form: where both ways are equally good, each photograph that
    only one of them gets right is a fair coin. 1 where they nowhere differ.
    """
    differ = gained + lost
    return sum(math.comb(differ, k) for k in range(gained, differ + 1)) / 2**differ


def expected_agreement(labels: Sequence[int | None], answers: Sequence[int]) -> float | None:
    """Share of the answers that would be right if they went to the photographs in another order.

    Cohen 1960 (Educational and Psychological Measurement 20), the agreement that chance gives. None where all
    labels are one class: order says nothing then. A label of None is no class and agrees with no answer.
    """
    given, said = Counter(labels), Counter[int | None](answers)
    if len(given) < 2:
        return None
    return sum(count * said[label] for label, count in given.items()) / len(labels) ** 2


# How differently the restarts of one class look.


class Diversity(Record):
    """Restarts of a class under the natural prior, in the penultimate features of one network."""

    value: float
    """1 - mean cosine over pairs of restarts, features centred by the mean over all pictures: 0 where all are
    the same, about 1 where they are as unlike as pictures of different classes."""
    groups: list[list[int]]
    """Restarts that show the same thing, largest group first. Two are joined where their cosine exceeds 95 %
    of those between pictures of different classes. Empty where there are too few classes to say."""
