import math

import numpy as np
import pytest
import torch

from audit.records import CounterexamplePicture, Proportion
from audit.stages.counterexamples.counterexample_answers import (
    AnsweredSo,
    answered_so,
    counterexample_test,
    shown,
)

NAN = math.nan


def test_one_label_is_the_first_answer() -> None:
    logits = torch.tensor([[2.0, 1, 0], [0, 3, 1], [1, 1, 0], [0, 1, 1], [5, NAN, 1], [math.inf, 0, 0]])
    found = answered_so(logits, 1, "single-label")
    assert found.answered == [False, True, False, True, False, False]  # equal logits: the lower index
    assert found.finite == [True, True, True, True, False, False]
    assert [a.class_index if a else None for a in found.answers] == [0, 1, 0, 1, None, None]
    powers = np.exp(logits[:4].numpy())
    softmax = powers / powers.sum(1, keepdims=True)
    assert found.probabilities[:4] == pytest.approx(softmax[:, 1].tolist())
    assert [math.isnan(p) for p in found.probabilities] == [False] * 4 + [True] * 2
    first = found.answers[0]
    assert first is not None
    assert (first.logit, first.probability) == (2.0, pytest.approx(softmax[0, 0]))


def test_of_independent_labels_the_class_holds_above_zero_whatever_else_does() -> None:
    logits = torch.tensor([[9.0, 0.1, -1], [9, 0, -1], [-3, -2, -1], [-3, 2, 5], [NAN, 3, 1]])
    found = answered_so(logits, 1, "multi-label")
    assert found.answered == [True, False, False, True, False]
    assert [a.class_index if a else None for a in found.answers] == [1, 0, None, 1, None]
    assert found.probabilities[0] == pytest.approx(1 / (1 + math.exp(-0.1)))


def made(answered: list[bool], finite: list[bool] | None = None) -> AnsweredSo:
    n = len(answered)
    return AnsweredSo(answered, [None] * n, [0.5] * n, finite or [True] * n)


@pytest.mark.parametrize(
    "answered, kept",
    [
        ([], []),
        ([True], [0]),
        ([False] * 8, [0, 2, 4, 6]),
        ([True] * 3, [0, 1, 2]),
        ([True, False] * 5, [1, 5, 0, 4]),  # two of each, the wrong ones first
        ([True] * 9 + [False], [9, 0, 3, 6]),
        ([False] * 9 + [True], [0, 3, 6, 9]),
        ([False, True], [0, 1]),
    ],
    ids=str,
)
def test_four_are_shown_the_wrong_ones_first(answered: list[bool], kept: list[int]) -> None:
    assert shown("object", made(answered)) == kept
    assert shown("part", made([not own for own in answered])) == kept


def test_an_answer_that_is_not_finite_is_wrong_for_either_kind() -> None:
    found = made([False, False, False], [True, False, True])
    assert shown("object", found) == [0, 1, 2]
    assert shown("part", found) == [1, 0, 2]


def test_the_record_counts_by_hand() -> None:
    logits = torch.tensor(
        [[9.0, 0, 0, 0]] * 3 + [[0, 9.0, 0, 0]] * 2 + [[0, 0, 9.0, 0]] * 2 + [[NAN, 0, 0, 0]]
    )
    found = answered_so(logits, 0, "single-label")
    picture = CounterexamplePicture(file="a", name="b", answered=True, answer=None, probability=0.5)
    test = counterexample_test("object", 0, found, {"unreadable": 2}, [picture])
    assert (test.files, test.not_finite, test.skipped) == (8, 1, {"unreadable": 2})
    assert test.answered == Proportion.of(3, 8)
    # As many of each: the lower index is first.
    assert [(other.class_index, other.count) for other in test.instead] == [(1, 2), (2, 2)]
    sure = 1 / (1 + 3 * math.exp(-9))
    assert test.probability == pytest.approx((3 * sure + 4 * (1 - sure) / 3) / 7)
    assert (test.examples, test.photographs) == ([picture], None)


def test_at_most_five_other_answers_and_no_mean_of_nothing() -> None:
    logits = 9 * torch.eye(8)
    assert [o.class_index for o in counterexample_test(
        "part", 7, answered_so(logits, 7, "single-label"), {}, []
    ).instead] == [0, 1, 2, 3, 4]  # fmt: skip
    lost = counterexample_test("part", 0, answered_so(NAN * logits, 0, "single-label"), {}, [])
    assert (lost.probability, lost.not_finite, lost.answered.k, lost.instead) == (None, 8, 0, [])


@pytest.mark.parametrize(
    "kind, answered, probability, right",
    [
        ("object", True, 0.9, True),
        ("object", False, 0.1, False),
        ("part", True, 0.9, False),
        ("part", False, 0.1, True),
        ("part", False, NAN, False),
    ],
)
def test_what_is_right_depends_on_the_kind(kind, answered, probability, right) -> None:
    picture = CounterexamplePicture(
        file="a", name="b", answered=answered, answer=None, probability=probability
    )
    test = counterexample_test(kind, 0, made([answered]), {}, [picture])
    assert test.right(picture) is right
