import math
import random

import pytest

from audit.checks._paired import difference, holm


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_weights_share_the_error():
    assert holm([0.01, 0.01], [3, 1]) == pytest.approx([0.01 * 4 / 3, 0.01 * 4 / 3])
    assert holm([0.03, 0.01], [3, 1]) == pytest.approx([0.04, 0.04])
    assert holm([0.01, 0.2, 0.3], [2, 2, 2]) == pytest.approx(holm([0.01, 0.2, 0.3]))


@pytest.mark.parametrize("weights", [[1, 1, 1, 1], [8, 4, 1, 0.5]])
def test_the_error_over_all_is_held(weights):
    draw = random.Random(1)
    false = sum(min(holm([draw.random() for _ in range(4)], weights)) < 0.1 for _ in range(4000))
    assert 0.08 < false / 4000 < 0.12


def test_no_pair_differs():
    change, (low, high) = difference(50, 40, 0, 0)
    assert change == 0
    assert low == pytest.approx(-high)
    assert 0 <= high < 0.06


def test_swapping_the_ways_mirrors_the_interval():
    change, (low, high) = difference(100, 60, 25, 5)
    back, (low_back, high_back) = difference(100, 80, 5, 25)
    assert (change, low, high) == pytest.approx((-back, -high_back, -low_back))
    assert change == pytest.approx(0.2)
    assert low < change < high


def test_published_example():
    """Newcombe 1998, table III: pairs 36, 12, 2, 0 by method 10."""
    change, (low, high) = difference(50, 38, 12, 2)
    assert change == pytest.approx(0.2)
    assert (low, high) == pytest.approx((0.0569, 0.3404), abs=2e-4)


def test_covers_the_truth_as_often_as_it_says():
    draw = random.Random(0)
    chances = (0.5, 0.25, 0.1, 0.15)  # both right, gained, lost, neither
    covered = 0
    for _ in range(2000):
        both, gained, lost, _ = (lambda drawn: [drawn.count(i) for i in range(4)])(
            draw.choices(range(4), chances, k=100)
        )
        low, high = difference(100, both + lost, gained, lost)[1]
        covered += low <= 0.15 <= high
    assert 0.93 <= covered / 2000 <= 0.98
    assert all(math.isfinite(v) for v in (low, high))
