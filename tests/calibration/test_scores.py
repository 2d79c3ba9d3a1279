"""Leads of the first class over the second."""

import math

import pytest

from audit.calibration.scores import largest, log_odds, share_score, shift_score


def test_lead_of_a_share() -> None:
    score = share_score("t", "c", [90, 20, 1], [100, 100, 100])
    assert score is not None
    assert score.value == pytest.approx(log_odds(0.9, 100))  # three classes: no class to compare with
    score = share_score("t", "c", [90, 20, 1, 0], [100, 100, 100, 100])
    assert score is not None
    assert score.value == pytest.approx(log_odds(0.9, 100) - log_odds(0.2, 100))
    assert (score.class_index, score.first, score.second) == (0, 0.9, 0.2)


def test_small_shares_lead_nowhere() -> None:
    score = share_score("t", "c", [4, 0, 0, 0], [100] * 4)
    assert score is not None
    assert score.value == 0.0


def test_classes_without_a_case_are_left_out() -> None:
    score = share_score("t", "c", [0, 5, 2, 1], [0, 10, 10, 10])
    assert score is not None
    assert score.class_index == 1
    assert share_score("t", "c", [0, 0], [0, 0]) is None


def test_lead_of_a_shift() -> None:
    score = shift_score("t", "c", [0.1, 1.5, 0.4, math.nan])
    assert score is not None
    assert (score.class_index, score.value) == (1, pytest.approx(1.1))
    assert shift_score("t", "c", [math.nan]) is None


def test_of_each_test_the_largest() -> None:
    kept = largest([shift_score("a", "x", [0, 1, 2, 3]), None, shift_score("a", "y", [0, 0, 0, 3]),
                    shift_score("b", "z", [0, 0, 0, 1])])  # fmt: skip
    assert [(s.test, s.change) for s in kept] == [("a", "y"), ("b", "z")]
