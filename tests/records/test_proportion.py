import math

import pytest
from scipy.stats import binomtest

from audit.records import Proportion


@pytest.mark.parametrize("k, n", [(0, 1), (0, 20), (3, 20), (10, 20), (20, 20), (437, 500)])
def test_the_interval_is_the_exact_one(k: int, n: int) -> None:
    exact = binomtest(k, n).proportion_ci(method="exact")
    assert Proportion.of(k, n).interval == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert Proportion.of(k, n).value == k / n


def test_nothing_of_nothing_says_nothing() -> None:
    nothing = Proportion.of(0, 0)
    assert nothing.interval == (0, 1)
    assert math.isnan(nothing.value)
