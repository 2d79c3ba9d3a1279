"""What the page shows at the check's limit is what the check judged."""

import pytest

from audit.records import FlippedWithin, Proportion
from audit.report.robustness_section import share_at

LEVELS = [FlippedWithin(epsilon=float(e), flipped=Proportion.of(e, 10)) for e in (1, 2, 4, 8)]


@pytest.mark.parametrize("limit, shown", [((2.0, 0.5), 2), ((3.0, 0.5), 2), ((20.0, 0.5), 8)])
def test_the_level_that_the_check_judges(limit: tuple[float, float], shown: float) -> None:
    level = share_at(LEVELS, limit)
    assert level is not None
    assert level.epsilon == shown


@pytest.mark.parametrize("limit", [None, (0.5, 0.5)])
def test_the_smallest_where_the_check_judges_none(limit: tuple[float, float] | None) -> None:
    level = share_at(LEVELS, limit)
    assert level is not None
    assert level.epsilon == 1


def test_nothing_where_nothing_was_attacked() -> None:
    assert share_at([FlippedWithin(epsilon=1, flipped=Proportion.of(0, 0))], (2.0, 0.5)) is None
