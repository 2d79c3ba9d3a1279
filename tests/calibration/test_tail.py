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


def test_networks_of_one_base_count_as_one() -> None:
    values = np.random.default_rng(2).exponential(size=40).tolist()
    once = Tail.of(values)
    thrice = Tail.of([v for v in values for _ in range(3)], bases=[b for b in range(40) for _ in range(3)])
    for value in sorted(values)[:25]:
        assert thrice.p(value) == pytest.approx(once.p(value))
    assert thrice.scale == pytest.approx(once.scale, rel=0.1)
    crowd = Tail.of([*values, *[9.0] * 400], bases=[*range(40), *[40] * 400])
    assert crowd.p(min(values)) == pytest.approx(1)
    assert crowd.p(float(np.median(values))) == pytest.approx((1 + 20 + 1) / 42)


@pytest.mark.parametrize("alike", [0.0, 0.95], ids=["independent", "alike"])
def test_chance_holds_however_alike_the_networks_of_a_base_are(alike: float) -> None:
    rng = np.random.default_rng(3)
    alarms: list[float] = []
    for _ in range(200):
        own = rng.normal(size=25) * np.sqrt(alike)
        bases = [base for base in range(25) for _ in range(1 + 9 * (base < 5))]
        values = [float(own[base] + rng.normal() * np.sqrt(1 - alike)) for base in bases]
        tail = Tail.of(values, bases=bases)
        alarms.append(float(np.mean([tail.p(float(value)) <= 0.1 for value in rng.normal(size=50)])))
    assert np.mean(alarms) <= 0.11


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
    with pytest.raises(AuditError, match="at least 8 bases, and there are 2"):
        Tail.of(np.arange(20.0).tolist(), bases=[0, 1] * 10)


def test_no_chance_is_nought() -> None:
    tail = Tail.of(np.arange(20.0).tolist())
    assert 0 < tail.p(float("inf")) <= tail.p(1e9) < 1e-6
