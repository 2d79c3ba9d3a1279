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
