import pytest

from audit.records import FlippedWithin, Proportion
from audit.report.flip_chart import BOTTOM, HEIGHT, TOP, flip_chart, height


def _levels(*counts):
    return [
        FlippedWithin(epsilon=float(2**place), flipped=Proportion.of(k, n))
        for place, (k, n) in enumerate(counts)
    ]


def test_shares_lie_on_the_axis_and_inside_their_intervals():
    chart = flip_chart(_levels((0, 10), (5, 10), (10, 10)), (2.0, 0.25))
    assert chart is not None
    assert [point.y for point in chart.points] == [HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2, TOP]
    assert all(point.high <= point.y <= point.low for point in chart.points)  # up is smaller in SVG
    assert [point.x for point in chart.points] == sorted(point.x for point in chart.points)
    assert chart.limit == (chart.points[1].x, height(0.25))


@pytest.mark.parametrize("limit", [None, (3.0, 0.5)])
def test_a_limit_at_no_measured_distance_is_not_drawn(limit):
    chart = flip_chart(_levels((1, 2)), limit)
    assert chart is not None
    assert chart.limit is None


def test_without_images_there_is_no_chart():
    assert flip_chart(_levels((0, 0), (0, 0)), None) is None
