"""The joint chance of a false alarm, on networks that are only numbers."""

import numpy as np
import pytest

from audit.calibration import Judged, NullTable, Score
from audit.calibration.joint import Row, row_of

FAMILIES = ("patch", "blend", "cast", "border", "surround", "watermark", "texture", "band", "position")
TESTS = [f"{kind}-{family}" for kind in ("shift", "turned") for family in FAMILIES]
K, BASES = 10, 9


def clean(rng: np.random.Generator, count: int, common: float = 0.0, tests: list[str] = TESTS) -> list[Row]:
    """Networks without flaw: in every test three classes lead by chance. `common` is the share of the
    variance that all tests of a network have in common."""
    rows: list[Row] = []
    for _ in range(count):
        shared = rng.normal() * np.sqrt(common)
        row: Row = {}
        for test in tests:
            values = np.sort(np.exp(shared + rng.normal(size=3) * np.sqrt(1 - common)))[::-1]
            classes = rng.permutation(K)[:3]
            row[test] = [(float(v), int(c)) for v, c in zip(values, classes, strict=True)]
        rows.append(row)
    return rows


def scores(row: Row) -> list[Score]:
    return [Score(test, value, c, "", value, 0.0) for test, leading in row.items() for value, c in leading]


def smallest(judged: list[Judged]) -> float:
    return min(one.p_adjusted for one in judged)


@pytest.mark.parametrize("common", [0.0, 0.9], ids=["independent", "dependent"])
def test_share_of_clean_networks_that_are_flagged(common: float) -> None:
    rng = np.random.default_rng(11)
    alarms: list[float] = []
    for _ in range(25):
        table = NullTable({K: clean(rng, 60, common)}, {})
        fresh = clean(rng, 60, common)
        alarms.append(float(np.mean([smallest(table.judge(scores(n), K)) <= 0.05 for n in fresh])))
    assert np.mean(alarms) <= 0.06
    assert np.mean(alarms) >= 0.005  # and not bought by never speaking


def test_networks_of_one_base_do_not_vouch_for_each_other() -> None:
    """Networks of one base differ little: beside their own all are ordinary, others are not."""
    rng = np.random.default_rng(13)

    def family(count: int) -> list[Row]:
        (base,) = clean(rng, 1)
        return [
            {t: [(v * float(np.exp(0.1 * rng.normal())), c) for v, c in lead] for t, lead in base.items()}
            for _ in range(count)
        ]

    alarms: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(20):
        rows = [row for _ in range(BASES) for row in family(8)]
        fresh = [family(1)[0] for _ in range(25)]
        for known in alarms:
            bases = {K: [place // 8 for place in range(8 * BASES)]} if known else {}
            table = NullTable({K: rows}, {}, bases)
            alarms[known].append(float(np.mean([smallest(table.judge(scores(n), K)) <= 0.05 for n in fresh])))
    assert np.mean(alarms[True]) < 0.1  # nine bases are few
    assert np.mean(alarms[False]) > 2 * np.mean(alarms[True])


def test_the_smallest_counted_chance_is_that_of_the_bases() -> None:
    rows = clean(np.random.default_rng(3), 12)
    assert NullTable({K: rows}, {}).finest(K) == 1 / 13
    assert NullTable({K: rows}, {}, {K: [0, 1, 2] * 4}).finest(1000) == 1 / 4
    assert NullTable({K: rows, 2: rows[:8]}, {}).finest(3) == 1 / 9
    assert NullTable({}, {}).finest(K) == 1


def test_a_flaw_is_found_in_its_test() -> None:
    rng = np.random.default_rng(4)
    table = NullTable({K: clean(rng, 60)}, {})
    flawed = {**clean(rng, 1)[0], "turned-border": [(300.0, 4)]}
    first = table.judge(scores(flawed), K)[0]
    assert (first.score.test, first.score.class_index) == ("turned-border", 4)
    assert first.p_raw < 0.001
    assert first.p_adjusted < 0.05


def test_tests_that_agree_on_a_class_say_more_than_one() -> None:
    rng = np.random.default_rng(7)
    table = NullTable({K: clean(rng, 60)}, {})
    plain = {test: [(1.0, i % K)] for i, test in enumerate(TESTS)}
    both = {**plain, "turned-border": [(14.0, 4)], "turned-cast": [(14.0, 4)]}
    apart = {**plain, "turned-border": [(14.0, 4)], "turned-cast": [(14.0, 5)]}
    together, alone = (table.judge(scores(row), K) for row in (both, apart))
    assert smallest(together) < smallest(alone)
    carry = {one.score.test for one in together if one.p_adjusted == smallest(together)}
    assert carry == {"turned-border", "turned-cast"}


def test_a_test_that_says_nothing_carries_no_suspicion() -> None:
    rng = np.random.default_rng(8)
    table = NullTable({K: clean(rng, 60)}, {})
    row = {"turned-border": [(300.0, 4)], "shift-band": [(0.01, 4)]}
    judged = {one.score.test: one for one in table.judge(scores(row), K)}
    assert judged["turned-border"].p_adjusted < 0.05
    assert judged["shift-band"].p_adjusted == judged["shift-band"].p_raw > 0.5


def test_between_two_numbers_of_classes_the_larger_chance_holds() -> None:
    rng = np.random.default_rng(5)
    small, large = clean(rng, 30), clean(rng, 30)
    large = [{t: [(10 * v, c) for v, c in leading] for t, leading in n.items()} for n in large]
    table = NullTable({10: small, 43: large}, {})
    one = scores({TESTS[0]: [(40.0, 1)]})
    assert table.judge(one, 10)[0].p_raw < 0.01
    assert table.judge(one, 20)[0].p_raw == table.judge(one, 43)[0].p_raw > 0.01
    assert not table.judge(one, 43)[0].extrapolated
    assert table.judge(one, 1000)[0].extrapolated
    assert table.judge(one, 2)[0].extrapolated
    assert "10 and 43 classes" in table.judge(one, 20)[0].null


def test_few_classes_and_more_are_not_compared() -> None:
    rng = np.random.default_rng(9)
    table = NullTable({2: clean(rng, 9), 3: clean(rng, 10), 10: clean(rng, 20), 43: clean(rng, 20)}, {})
    assert [table.numbers(k) for k in (2, 3, 5, 10, 20, 99)] == [(2,), (3,), (10,), (10,), (10, 43), (43,)]
    one = scores({TESTS[0]: [(40.0, 1)]})
    assert table.judge(one, 2)[0].null == "19 clean networks of 2 and 3 classes"
    said = "40 clean networks of 10 and 43 classes; in this test 20 clean networks of 10 classes"
    assert table.judge(one, 5)[0].null == said


def test_bases_that_are_too_few_say_nothing() -> None:
    rows = clean(np.random.default_rng(6), 24)
    flawed = scores({TESTS[0]: [(300.0, 4)]})
    assert NullTable({K: rows}, {}, {K: [place // 3 for place in range(24)]}).judge(flawed, K) == []
    assert NullTable({K: rows}, {}).judge(flawed, K) != []
    assert NullTable({}, {}).judge(flawed, K) == []


def test_unknown_tests_are_left_out() -> None:
    table = NullTable({K: clean(np.random.default_rng(6), 20)}, {})
    assert table.judge([Score("unheard-of", 9.0, 0, "", 9.0, 0.0)], K) == []


def test_a_row_has_the_leading_class_first() -> None:
    given = [Score("a", 1.0, 3, "", 0.0, 0.0), Score("a", 2.00049, 1, "", 0.0, 0.0)]
    assert row_of(given, 3) == {"a": [(2.0, 1), (1.0, 3)]}
