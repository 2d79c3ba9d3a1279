"""The tail of clean values against distributions whose chances are known."""

import itertools

import numpy as np
import pytest
from scipy import stats

from audit.calibration import Tail
from audit.errors import AuditError


@pytest.mark.parametrize("value", [0.5, 1.0, 2.0])
def test_body_counts(value: float) -> None:
    tail = Tail.of([float(i) / 10 for i in range(100)])
    assert tail.p(value) == pytest.approx((1 + sum(i / 10 >= value for i in range(100))) / 101)


@pytest.mark.parametrize(
    "law", [stats.norm(), stats.expon(), stats.gumbel_r()], ids=["normal", "exponential", "gumbel"]
)
def test_on_average_no_more_alarms_than_said(law: stats.rv_continuous) -> None:
    rng = np.random.default_rng(7)
    chances = []
    for _ in range(300):
        tail = Tail.of(law.rvs(60, random_state=rng).tolist())
        grid = np.linspace(0, 15, 1500)
        limit = grid[np.argmax([tail.p(float(x)) <= 0.01 for x in grid])]
        chances.append(law.sf(limit))
    # Light tails are held with room; an exponential one is not exceeded by more than the noise of 60 values.
    assert np.mean(chances) <= 0.013


def test_falls_all_the_way() -> None:
    tail = Tail.of(np.random.default_rng(1).normal(size=40).tolist())
    chances = [tail.p(float(x)) for x in np.linspace(-4, 20, 400)]
    assert all(a >= b for a, b in itertools.pairwise(chances))
    assert 0 < chances[-1] < 1e-4


def test_equal_values_and_nan() -> None:
    tail = Tail.of([0.0] * 20)
    assert tail.p(0.0) == 1.0
    assert tail.p(float("nan")) == 1.0
    assert tail.p(1.0) < 0.05


def test_too_few() -> None:
    with pytest.raises(AuditError, match="make calibrate"):
        Tail.of([1.0, 2.0, float("nan")] * 3)
