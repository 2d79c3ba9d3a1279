"""Logits on the counterexamples of one class and kind → their record."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.classifier.margins import finite_answers, probabilities
from audit.classifier.model import Task
from audit.records import (
    CounterexampleKind,
    CounterexamplePicture,
    CounterexampleTest,
    OtherAnswer,
    Prediction,
    Proportion,
)

EXAMPLES = 4
"""Pictures that are kept of each kind, at most."""
OTHERS = 5
"""Other answers that are counted one by one, at most."""


@dataclass(frozen=True)
class AnsweredSo:
    """Answers to `n` photographs, as far as they concern one class."""

    answered: list[bool]
    """Whether the class is the answer; with independent labels, whether it holds."""
    answers: list[Prediction | None]
    """See `CounterexamplePicture.answer`."""
    probabilities: list[float]
    """Of the class; NaN where the answer is not finite."""
    finite: list[bool]


def answered_so(logits: Tensor, class_index: int, task: Task) -> AnsweredSo:
    """What logits `[n, k]` say of a class. Among equal logits the class with the lower index is first."""
    finite, certain = finite_answers(logits), probabilities(logits, task)
    # numpy's: of equal ones the first, which torch does not promise.
    first = torch.from_numpy(logits.numpy().argmax(1))
    own = logits[:, class_index] > 0 if task == "multi-label" else first == class_index
    told = torch.where(own, class_index, first)
    holds = logits.gather(1, told[:, None])[:, 0] > 0 if task == "multi-label" else torch.ones_like(own)
    answers = [
        Prediction(class_index=c, logit=float(logits[row, c]), probability=float(certain[row, c]))
        if answer
        else None
        for row, (c, answer) in enumerate(zip(told.tolist(), (holds & finite).tolist(), strict=True))
    ]
    of_class = torch.where(finite, certain[:, class_index], torch.nan)
    return AnsweredSo((own & finite).tolist(), answers, of_class.tolist(), finite.tolist())


def shown(kind: CounterexampleKind, found: AnsweredSo) -> list[int]:
    """Places of the pictures that are kept: wrong answers first, then right ones, as many of each if there
    are, and each evenly over the files."""
    pairs = zip(found.answered, found.finite, strict=True)
    good = [finite and own == (kind == "object") for own, finite in pairs]
    wrong, right = ([place for place, one in enumerate(good) if one is want] for want in (False, True))
    first = _evenly(wrong, EXAMPLES - min(len(right), EXAMPLES // 2))
    return [*first, *_evenly(right, EXAMPLES - len(first))]


def _evenly(places: Sequence[int], count: int) -> list[int]:
    """At most `count` of them."""
    count = min(count, len(places))
    return [places[i * len(places) // count] for i in range(count)]


def counterexample_test(
    kind: CounterexampleKind,
    class_index: int,
    found: AnsweredSo,
    skipped: Mapping[str, int],
    examples: Sequence[CounterexamplePicture],
) -> CounterexampleTest:
    """The record of a kind, without what its folder and the class's photographs say."""
    others = Counter(
        answer.class_index
        for own, answer in zip(found.answered, found.answers, strict=True)
        if not own and answer is not None
    )
    # By number, then by index: a unit gives the same bytes again.
    ranked = sorted(others.items(), key=lambda item: (-item[1], item[0]))[:OTHERS]
    certain = [p for p, finite in zip(found.probabilities, found.finite, strict=True) if finite]
    return CounterexampleTest(
        class_index=class_index,
        kind=kind,
        source="",
        found=0,
        files=len(found.answered),
        skipped=dict(skipped),
        answered=Proportion.of(sum(found.answered), len(found.answered)),
        not_finite=found.finite.count(False),
        probability=sum(certain) / len(certain) if certain else None,
        instead=[OtherAnswer(class_index=c, count=count) for c, count in ranked],
        examples=list(examples),
    )
