"""Units of attacks with known outcomes → what the run says."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from audit.image_stats import bundled
from audit.photos import PhotoSet
from audit.records import Attacked
from audit.records.unit_records import AttackedImage, AttackedUnit, UnitRecord
from audit.stages.robustness.robustness_reduction import robustness


def image(index: int, label: int, level: float | None, epsilon: float | None, into: int | None) -> Attacked:
    return Attacked(
        photograph=index,
        picture=None,
        label=label,
        level=level,
        epsilon=epsilon,
        into=into,
        probability=None if into is None else 0.9,
        views=10,
    )


def unit(attacked: list[Attacked], **changes) -> UnitRecord:
    """One image more is answered wrongly; the statistics of `changes` are those of images of their own."""
    images = [AttackedImage(item=a.photograph, attacked=a, unconfirmed=1, flat=True) for a in attacked]
    n = max((len(column) for columns in changes.values() for column in columns.values()), default=1)
    for i in range(n):
        measured = {
            when: {name: column[i] for name, column in columns.items()} for when, columns in changes.items()
        }
        images.append(AttackedImage(item=100 + i, attacked=None, **measured))
    body = AttackedUnit(images=images, measured_level=8.0)
    return tiny.recorded(body, stage="robustness", of="photographs")


@pytest.fixture
def context(tmp_path: Path):
    made = tiny.context(tiny.write(tmp_path), tmp_path / "run", "photographs.per_class=3")
    return replace(made, photos=PhotoSet("folder", "labelled", 0, (), {}, ()))


def test_shares_of_all_and_of_each_class(context) -> None:
    one = [image(0, 2, 1, 0.002, 3), image(1, 2, 4, 0.012, 3), image(2, 2, None, 0.05, None)]
    two = [image(3, 5, 8, 0.03, 2), image(4, 5, None, None, None)]
    found = robustness(context, [unit(one), unit(two)])
    assert (found.tried, found.correct, found.unconfirmed, found.flat) == (7, 5, 5, 5)
    assert [(level.epsilon, level.flipped.k, level.flipped.n) for level in found.levels] == [
        (1, 1, 5),
        (2, 1, 5),
        (4, 2, 5),
        (8, 3, 5),
    ]
    first, second = found.classes
    assert (first.class_index, first.enough, first.median_epsilon) == (2, True, 0.012)
    assert (second.class_index, second.enough, second.median_epsilon) == (5, False, None)
    assert [level.flipped.k for level in first.levels] == [1, 1, 2, 2]
    assert found.into == [(3, 2), (2, 1)]
    assert found.median_epsilon == 0.03
    assert found.source == "photographs"
    assert "seed 0" in found.attack


def test_without_photographs_it_says_class_pictures(context) -> None:
    found = robustness(replace(context, photos=None), [unit([])])
    assert found.source == "class pictures"
    assert (found.correct, found.median_epsilon, found.classes) == (0, None, [])


def test_no_units_no_record(context) -> None:
    assert robustness(context, []) is None


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
    assert (shift.n, shift.before, shift.after, shift.level) == (2, 11, 16, 8)
    deviation = (baseline.quantile("noise", 84) - baseline.quantile("noise", 16)) / 2
    assert shift.moved == pytest.approx(5 / deviation)
    assert shift.percentile_before == pytest.approx(
        float(np.median(baseline.percentile("noise", np.array([10.0, 12.0]))))
    )
    assert found["entropy"].moved == 0
    (bare,) = [s for s in robustness(replace(context, baseline=None), units).shifts if s.statistic == "noise"]
    assert (bare.moved, bare.percentile_before, bare.percentile_after) == (None, None, None)
    assert math.isclose(bare.after, 16)
