"""The joint chance of a false alarm, on networks that are only numbers."""

import numpy as np
import pytest

from audit.calibration import Judged, NullTable, Score


def clean(rng: np.random.Generator, count: int, tests: int, common: float = 0.0) -> list[dict[str, float]]:
    """Networks without flaw; `common` is the share of the variance that all tests have in common."""
    shared = rng.normal(size=(count, 1)) * np.sqrt(common)
    values = np.exp(shared + rng.normal(size=(count, tests)) * np.sqrt(1 - common))
    return [{f"test-{i}": float(v) for i, v in enumerate(row)} for row in values]


def scores(network: dict[str, float]) -> list[Score]:
    return [Score(test, value, 0, "", value, 0.0) for test, value in network.items()]


def smallest(judged: list[Judged]) -> float:
    return min(one.p_adjusted for one in judged)


@pytest.mark.parametrize("common", [0.0, 0.9], ids=["independent", "dependent"])
def test_share_of_clean_networks_that_are_flagged(common: float) -> None:
    rng = np.random.default_rng(3)
    alarms: list[float] = []
    for _ in range(12):
        table = NullTable({10: clean(rng, 60, 15, common)}, {})
        fresh = clean(rng, 100, 15, common)
        alarms.append(float(np.mean([smallest(table.judge(scores(n), 10)) <= 0.05 for n in fresh])))
    assert np.mean(alarms) <= 0.06
    assert np.mean(alarms) >= 0.005  # and not bought by never speaking


def test_a_flaw_is_found_in_its_test() -> None:
    rng = np.random.default_rng(4)
    table = NullTable({10: clean(rng, 60, 15)}, {})
    flawed = clean(rng, 1, 15)[0] | {"test-6": 60.0}
    first = table.judge(scores(flawed), 10)[0]
    assert first.score.test == "test-6"
    assert first.p_adjusted < 0.05


def test_between_two_numbers_of_classes_the_larger_chance_holds() -> None:
    rng = np.random.default_rng(5)
    small, large = clean(rng, 30, 3), [{t: 10 * v for t, v in n.items()} for n in clean(rng, 30, 3)]
    table = NullTable({10: small, 43: large}, {})
    one = scores({"test-0": 20.0})
    assert table.judge(one, 10)[0].p_raw < 0.01
    assert table.judge(one, 20)[0].p_raw == table.judge(one, 43)[0].p_raw > 0.01
    assert not table.judge(one, 43)[0].extrapolated
    assert table.judge(one, 1000)[0].extrapolated
    assert "10 and 43 classes" in table.judge(one, 20)[0].null


def test_unknown_tests_are_left_out() -> None:
    table = NullTable({10: clean(np.random.default_rng(6), 20, 2)}, {})
    assert table.judge([Score("unheard-of", 9.0, 0, "", 9.0, 0.0)], 10) == []
