"""Units of attacks with known outcomes → what the run says."""

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from audit.attacks import ATTACKS
from audit.image_stats import bundled
from audit.photos import PhotoSet
from audit.records import Attacked, AttackOutcome
from audit.records.unit_records import AttackedImage, AttackedUnit, UnitRecord
from audit.stages.robustness.chosen_attacks import DEFAULT
from audit.stages.robustness.robustness_reduction import robustness

ITEMS = itertools.count(100)
"""Of images that are answered wrongly."""


def outcome(
    level: float | None, epsilon: float | None, into: int | None, attack: str = DEFAULT, **changes
) -> AttackOutcome:
    return AttackOutcome(
        **{
            "attack": attack,
            "norm": "linf",
            "epsilon": level,
            "distance": epsilon,
            "predicted_after": into,
            "probability": None if into is None else 0.9,
            "not_confirmed": 1,
            "zero_gradient": True,
            "views": 10,
            **changes,
        }
    )


def image(index: int, label: int, level: float | None, epsilon: float | None, into: int | None) -> Attacked:
    return Attacked(
        photograph=index,
        picture=None,
        label=label,
        outcomes=[outcome(level, epsilon, into)],
    )


def unit(attacked: list[Attacked], **changes) -> UnitRecord:
    """One image more is answered wrongly; the statistics of `changes` are those of images of their own."""
    images = [AttackedImage(item=a.photograph, attacked=a) for a in attacked]
    n = max((len(column) for columns in changes.values() for column in columns.values()), default=1)
    for i in range(n):
        measured = {
            when: {name: column[i] for name, column in columns.items()} for when, columns in changes.items()
        }
        images.append(AttackedImage(item=next(ITEMS), attacked=None, **measured))
    body = AttackedUnit(images=images, measured_epsilon=8.0)
    return tiny.recorded(body, stage="robustness", of="photographs")


@pytest.fixture
def context(tmp_path: Path):
    made = tiny.context(tiny.write(tmp_path), tmp_path / "run", "photographs.per_class=3")
    return replace(made, photos=PhotoSet("folder", "labelled", 0, (), {}, ()))


def test_shares_of_all_and_of_each_class(context) -> None:
    one = [image(0, 2, 1, 0.002, 3), image(1, 2, 4, 0.012, 3), image(2, 2, None, 0.05, None)]
    two = [image(3, 5, 8, 0.03, 2), image(4, 5, None, None, None)]
    found = robustness(context, [unit(one), unit(two)])
    assert (found.tried, found.correct, found.not_confirmed, found.zero_gradient) == (7, 5, 5, 5)
    assert [(level.epsilon, level.flipped.k, level.flipped.n) for level in found.flipped_within] == [
        (1, 1, 5),
        (2, 1, 5),
        (4, 2, 5),
        (8, 3, 5),
    ]
    first, second = found.classes
    assert (first.class_index, first.enough, first.median_distance) == (2, True, 0.012)
    assert (second.class_index, second.enough, second.median_distance) == (5, False, None)
    assert [level.flipped.k for level in first.flipped_within] == [1, 1, 2, 2]
    assert found.predicted_after == [(3, 2), (2, 1)]
    assert found.median_distance == 0.03
    assert found.source == "photographs"
    assert "seed 0" in found.attacks[0].description


def test_without_photographs_it_says_class_pictures(context) -> None:
    found = robustness(replace(context, photos=None), [unit([])])
    assert found.source == "class pictures"
    assert (found.correct, found.median_distance, found.classes) == (0, None, [])


def test_no_units_no_record(context) -> None:
    assert robustness(context, []) is None


class Second:
    name, norm = "second", "linf"

    def run(self, target, epsilon):
        return target.images


@pytest.fixture
def second():
    ATTACKS.register(Second)
    yield Second.name
    ATTACKS.unregister(Second.name)


def test_the_worst_case_is_pointwise_and_each_attack_has_its_row(context, second) -> None:
    config = context.config.robustness.model_copy(update={"attacks": (DEFAULT, second)})
    both = replace(context, config=context.config.model_copy(update={"robustness": config}))
    first = [image(0, 2, 8, 0.03, 3), image(1, 2, None, None, None), image(2, 2, 1, 0.003, 4)]
    other = [
        image(0, 2, None, None, None).model_copy(update={"outcomes": [outcome(2, 0.007, 5, second)]}),
        image(1, 2, None, None, None).model_copy(
            update={"outcomes": [outcome(None, None, None, second, error="ValueError: no")]}
        ),
        image(2, 2, None, None, None).model_copy(update={"outcomes": [outcome(None, None, None, second)]}),
    ]
    found = robustness(both, [unit(first), unit(other)])
    assert (found.tried, found.correct) == (5, 3)
    assert [each.flipped.k for each in found.flipped_within] == [1, 2, 2, 2]
    assert {each.flipped.n for each in found.flipped_within} == {3}
    assert [each.robust_accuracy.k for each in found.flipped_within] == [2, 1, 1, 1]
    assert {each.robust_accuracy.n for each in found.flipped_within} == {5}
    assert found.predicted_after == [(4, 1), (5, 1)]
    assert found.median_distance == 0.007
    one, two = found.attacks
    assert [each.flipped.k for each in one.flipped_within] == [1, 1, 1, 2]
    assert (one.images, one.error, one.complete) == (3, None, True)
    assert [(each.flipped.k, each.flipped.n) for each in two.flipped_within] == [
        (0, 2),
        (1, 2),
        (1, 2),
        (1, 2),
    ]
    assert (two.images, two.error) == (2, "ValueError: no")
    # The image on which it failed proves nothing.
    assert {each.robust_accuracy.n for each in two.flipped_within} == {4}
    assert [attack.attack for attack in found.incomplete] == [second]
    assert [o.attack for o in found.attacked[0].outcomes] == [DEFAULT, second]


def test_shifts_in_natural_standard_deviations(context) -> None:
    baseline = bundled(32, 32)
    before, after = [10.0, 12.0, None], [14.0, 18.0, 3.0]
    constant = {"contrast": [None], "entropy": [1.0]}
    units = [
        unit([], before={"entropy": [7.0]}, after={"entropy": [7.0]}),
        unit([], before={"noise": before}, after={"noise": after}),
        unit([], before=constant, after=constant),
    ]
    found = {s.statistic: s for s in robustness(replace(context, baseline=baseline), units).shifts}
    assert set(found) == {"noise", "entropy"}
    shift = found["noise"]
    assert (shift.n, shift.before, shift.after, shift.epsilon) == (2, 11, 16, 8)
    deviation = (baseline.quantile("noise", 84) - baseline.quantile("noise", 16)) / 2
    assert shift.moved == pytest.approx(5 / deviation)
    assert shift.percentile_before == pytest.approx(
        float(np.median(baseline.percentile("noise", np.array([10.0, 12.0]))))
    )
    assert found["entropy"].moved == 0
    (bare,) = [s for s in robustness(replace(context, baseline=None), units).shifts if s.statistic == "noise"]
    assert (bare.moved, bare.percentile_before, bare.percentile_after) == (None, None, None)
    assert math.isclose(bare.after, 16)
