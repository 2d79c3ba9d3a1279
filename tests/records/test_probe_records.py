import pytest
from pydantic import ValidationError

from audit.records import ChangeEffect
from audit.records.probes import most_turning


def effect(**changes):
    values = {
        "change": "a", "family": "cast", "control_of": None, "classes": [1, 4, 6], "shift": [0.5, 2.0, -1.0],
        "turned": [0, 3, 1], "others": [10, 10, 2], "lost": [1, 0, 0], "own": [2, 5, 0], "to": [4, -1, -1],
        "accuracy": (0.5, 0.25),
    }  # fmt: skip
    return ChangeEffect(**{**values, **changes})


def test_lists_stand_side_by_side() -> None:
    with pytest.raises(ValidationError, match="one entry for each stored class"):
        effect(shift=[0.5, 2.0])


def test_places() -> None:
    own = effect()
    assert (own.place(6), own.place(5)) == (2, None)
    assert own.dense(own.turned, 8, 0) == [0, 0, 0, 0, 3, 0, 1, 0]


def test_the_change_that_speaks_most_for_a_class() -> None:
    more = effect(change="b", shift=[3.0, 0.0, 0.0], turned=[9, 4, 0], lost=[2, 0, 0])
    pair = [effect(), more]
    assert most_turning(pair, 4) is more
    assert most_turning(pair, 5) is None
