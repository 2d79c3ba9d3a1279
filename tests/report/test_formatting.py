import math

import pytest

from audit.report.formatting import clean, duration, number, percent, percentile, plural


@pytest.mark.parametrize(
    "value, shown",
    [
        (None, "–"), (math.nan, "not finite"), (math.inf, "not finite"), (0.0, "0.00"), (0.75, "0.750"),
        (-2.158, "−2.16"),
        (12.34, "12.3"), (1234.5, "1,234"), (0.00012, "1.20e−4"), (2.5e7, "2.50e7"), (42, "42.0"),
    ],
)  # fmt: skip
def test_numbers(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    "share, shown",
    [(0.0, "0.0 %"), (1.0, "100.0 %"), (0.9996, ">99.9 %"), (0.0002, "<0.1 %"), (0.123, "12.3 %")],
)
def test_a_share_is_never_rounded_to_certainty(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize("place, shown", [(None, "–"), (0.2, "<1"), (99.7, ">99"), (50.4, "50")])
def test_percentiles(place, shown):
    assert percentile(place) == shown


@pytest.mark.parametrize(
    "seconds, shown", [(3.04, "3.0 s"), (96.4, "1 min 36 s"), (59.97, "1 min 00 s"), (7260, "2 h 01 min")]
)
def test_durations(seconds, shown):
    assert duration(seconds) == shown


def test_labels_cannot_hide_or_reorder_text():
    assert clean("a\u202eb\u200b\u0007c\u2066d") == "ab\ufffdcd"
    assert clean("क्\u200dष <b> é 猫") == "क्\u200dष <b> é 猫"


def test_plurals():
    assert [plural(1, "class"), plural(1000, "class"), plural(2, "finding")] == [
        "1 class",
        "1,000 classes",
        "2 findings",
    ]
