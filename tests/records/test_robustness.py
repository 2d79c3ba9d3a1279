import pytest

from audit.records import FlippedWithin, Proportion
from audit.records.robustness import within

LEVELS = [FlippedWithin(epsilon=float(e), flipped=Proportion.of(e, 10)) for e in (1, 2, 4, 8)]


@pytest.mark.parametrize("asked, found", [(1, 1), (2, 2), (3, 2), (3.9, 2), (8, 8), (100, 8)])
def test_the_largest_level_that_is_not_above(asked: float, found: float) -> None:
    level = within(LEVELS, asked)
    assert level is not None
    assert level.epsilon == found


def test_none_where_all_are_above() -> None:
    assert within(LEVELS, 0.5) is None
    assert within([], 2) is None
