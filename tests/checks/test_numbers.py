import random

import numpy as np
import pytest
from scipy.stats import binomtest, median_abs_deviation

from audit.checks._numbers import robust_z, z_limit
from audit.records import Proportion


@pytest.mark.parametrize("n", [1, 2, 4, 9, 37])
def test_interval_is_scipys_exact_one(n):
    for k in range(n + 1):
        expected = binomtest(k, n).proportion_ci(0.95, method="exact")
        assert Proportion.of(k, n).interval == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_robust_z_against_scipy():
    draw = random.Random(1)
    values = [draw.gauss(3, 2) for _ in range(51)]
    scale = median_abs_deviation(values, scale="normal")
    centre = sorted(values)[25]
    assert robust_z(values) == pytest.approx([(v - centre) / scale for v in values], rel=1e-4)


def test_robust_z_with_ties():
    assert robust_z([]) == []
    assert robust_z([2.0, 2.0, 2.0]) == [0, 0, 0]
    z = robust_z([2.0, 2.0, 2.0, 2.0, 7.0])
    assert z[:4] == [0, 0, 0, 0]
    assert z[4] == pytest.approx(5 / 1.2533)


@pytest.mark.parametrize("classes, statistics", [(5, 1), (10, 1), (10, 12), (40, 12), (400, 5)])
def test_noise_exceeds_the_z_limit_in_at_most_five_percent_of_networks(classes, statistics):
    draw = np.random.default_rng(7)
    limit = z_limit(0.0, 2 * classes * statistics, classes)
    noise = draw.standard_normal((200, statistics, classes))
    largest = [max(abs(z) for row in network for z in robust_z(row.tolist())) for network in noise]
    assert sum(z >= limit for z in largest) <= 20  # 10 expected at most; 20 has a chance of .2 %


def test_z_limit_never_falls_below_the_configured_one():
    assert z_limit(9.0, 10, 400) == 9.0
    assert z_limit(3.5, 8000, 400) > z_limit(3.5, 4000, 400) > 3.5
