"""A share with its exact interval."""

from typing import Self

from audit.results.base import Record

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
