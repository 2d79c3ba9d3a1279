import math

import pytest

from audit.records import NaturalSpectrum
from audit.report.spectrum_chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, spectrum_chart

FREQUENCIES = [2.0**-6, 2.0**-4, 2.0**-1]


def _natural():
    return NaturalSpectrum(frequencies=FREQUENCIES, low=[1, 0, -2], middle=[2, 1, -1], high=[3, 2, 0])


def test_both_axes_are_logarithmic_and_hold_everything():
    chart = spectrum_chart(_natural(), [[4.2, 0, -2.7]])
    assert chart is not None
    assert (chart.low, chart.high) == (-3, 5)
    assert chart.x(2**-6) == LEFT
    assert chart.x(0.5) == WIDTH - RIGHT
    assert chart.x(2**-4) == pytest.approx(LEFT + 2 / 5 * (WIDTH - LEFT - RIGHT), abs=0.1)
    assert chart.y(5) == TOP
    assert chart.y(-3) == HEIGHT - BOTTOM
    assert [text for _, text in chart.x_ticks] == ["1/64", "1/32", "1/16", "1/8", "1/4", "1/2"]
    assert len(chart.y_ticks) <= 6


def test_a_line_leaves_out_what_is_no_number():
    chart = spectrum_chart(_natural(), [])
    assert chart is not None
    assert chart.line([1.0, math.nan, 1.0]) == f"M{chart.x(2**-6)} {chart.y(1)}L{chart.x(0.5)} {chart.y(1)}"
    assert chart.line([1.0]) == "", "another number of frequencies"


def test_without_natural_images_there_is_no_chart():
    assert spectrum_chart(None, [[1.0]]) is None
