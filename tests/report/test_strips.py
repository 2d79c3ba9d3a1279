import re

import pytest

from audit.records import StatisticInfo
from audit.report.strips import WIDTH, band, marker, position

QUANTILES = {"1": -3.0, "5": 0.0, "25": 4.0, "50": 5.0, "75": 6.0, "95": 10.0, "99": 13.0}


def test_the_baseline_fills_the_middle_third():
    assert position(0.0, QUANTILES) == WIDTH / 3
    assert position(10.0, QUANTILES) == WIDTH * 2 / 3
    assert position(5.0, QUANTILES) == WIDTH / 2


def test_a_band_draws_the_quantiles():
    statistic = StatisticInfo(id="s", title="S", unit="", constrained=False, quantiles=QUANTILES)
    drawn = band(statistic)
    assert drawn is not None
    assert drawn.whisker == (56.0, 184.0)
    assert drawn.middle == (112.0, 128.0)
    assert drawn.median == 120.0
    assert band(statistic.model_copy(update={"quantiles": None})) is None


@pytest.mark.parametrize("shape", ["dot", "diamond"])
def test_a_marker_lies_at_its_value_or_points_off_the_strip(shape):
    def xs(value):
        start = float(re.match(r"M([\d.]+)", marker(value, QUANTILES, shape)).group(1))
        return start + (4.5 if shape == "dot" and 6 < start < WIDTH - 6 else 0)

    assert xs(7.5) == pytest.approx(position(7.5, QUANTILES), abs=0.1)
    assert marker(-99, QUANTILES, shape) == "M1 10l7-5v10z"
    assert marker(99, QUANTILES, shape) == f"M{WIDTH - 1} 10l-7-5v10z"


def test_a_statistic_that_does_not_vary_still_has_a_place():
    flat = dict.fromkeys(QUANTILES, 2.0)
    assert position(2.0, flat) == WIDTH / 2
    assert position(2.1, flat) > WIDTH
    assert position(1.9, flat) < 0
