"""Leads of the leading classes over the others."""

import math

import pytest

from audit.calibration.scores import LEADING, Score, largest, log_odds, share_scores, shift_scores


def test_lead_of_a_share() -> None:
    first, *_ = share_scores("t", "c", [90, 20, 1], [100, 100, 100])
    assert first.value == pytest.approx(log_odds(0.9, 100))  # three classes: no class to compare with
    found = share_scores("t", "c", [10, 90, 20, 40], [100, 100, 100, 100])
    assert [(s.class_index, s.first) for s in found] == [(1, 0.9), (3, 0.4), (2, 0.2)]
    assert [s.second for s in found] == [0.4, 0.9, 0.9]
    next_one, middle = log_odds(0.4, 100), log_odds(0.2, 100)
    assert found[0].value == pytest.approx(log_odds(0.9, 100) - (next_one + middle) / 2)
    assert found[1].value < 0


def test_small_shares_lead_nowhere() -> None:
    first, *_ = share_scores("t", "c", [4, 0, 0, 0], [100] * 4)
    assert first.value == 0.0


def test_classes_without_a_case_are_left_out() -> None:
    found = share_scores("t", "c", [0, 5, 2, 1], [0, 10, 10, 10])
    assert [s.class_index for s in found] == [1, 2, 3]
    assert share_scores("t", "c", [0, 0], [0, 0]) == []
    (only,) = share_scores("t", "c", [9, 0, 0, 0], [10, 0, 0, 0])
    assert only.value == pytest.approx(log_odds(0.9, 10))


def test_lead_of_a_shift() -> None:
    first, *_ = shift_scores("t", "c", [0.1, 1.5, 0.4, math.nan])
    assert (first.class_index, first.value) == (1, pytest.approx(1.1))
    assert shift_scores("t", "c", [math.nan]) == []


def test_of_each_test_the_leading_classes_by_their_best_change() -> None:
    def score(test: str, class_index: int, value: float, change: str) -> Score:
        return Score(test, value, class_index, change, value, 0.0)

    given = [
        score("b", 0, 1.0, "x"),
        score("a", 4, 2.0, "x"),
        score("a", 4, 3.0, "y"),
        score("a", 1, 9.0, "z"),
    ]
    given += [score("a", index, 0.1 * index, "x") for index in (2, 3)]
    kept = largest(given)
    assert [(s.test, s.class_index, s.change) for s in kept] == [
        ("a", 1, "z"),
        ("a", 4, "y"),
        ("a", 3, "x"),
        ("b", 0, "x"),
    ]
    assert LEADING == 3
