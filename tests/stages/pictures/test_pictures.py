from pathlib import Path

import pytest
import tiny

from audit.records.unit_records import PicturesUnit
from audit.stages import STAGES
from audit.stages.pictures.drawing_stages import Pictures, Unconstrained


@pytest.mark.parametrize("batch, sizes", [(16, [6]), (2, [4, 2]), (1, [2, 2, 2]), (8, [6])])
def test_a_unit_fills_four_batches(tmp_path: Path, batch: int, sizes: list[int]) -> None:
    context = tiny.context(tiny.write(tmp_path), tmp_path, f"synthesis.batch={batch}")
    assert [len(unit) for unit in Pictures().units(context)] == sizes


@pytest.mark.parametrize("stage", [Pictures(), Unconstrained()], ids=lambda stage: stage.name)
def test_views_told_recorded_and_forecast_agree(tmp_path: Path, stage: Pictures | Unconstrained) -> None:
    context = tiny.context(
        tiny.write(tmp_path, size=64), tmp_path, "synthesis.views=40", "synthesis.step_budget=[1, 1]"
    )
    told: list[float] = []
    computed = [stage.compute(unit, context, [], told.append) for unit in stage.units(context)]
    recorded = [
        picture.views
        for unit in computed
        if isinstance(unit.body, PicturesUnit)
        for group in unit.body.pictures
        for picture in group.pictures
    ]
    expected = stage.views(context)
    assert expected > 0
    assert sum(told) == pytest.approx(expected)
    assert sum(recorded) == pytest.approx(expected)
    assert sum(unit.views for unit in computed) == pytest.approx(expected)
    per_class = {"pictures": 40, "unconstrained": 4}[stage.name]
    assert expected <= per_class * sum(len(unit) for unit in stage.units(context))


def test_a_unit_computed_again_has_the_same_bytes(tmp_path: Path) -> None:
    context = tiny.context(tiny.write(tmp_path), tmp_path)
    first, second = (Pictures().compute((1, 4), context, [], lambda views: None) for _ in range(2))
    assert first.files == second.files
    assert first.body == second.body
    other = tiny.context(tiny.write(tmp_path), tmp_path, "seed=1")
    third = Pictures().compute((1, 4), other, [], lambda views: None)
    assert not set(third.files.values()) & set(first.files.values())


def test_restarts_and_classes_differ(tmp_path: Path) -> None:
    context = tiny.context(tiny.write(tmp_path), tmp_path)
    files = Pictures().compute((0, 1, 2), context, [], lambda views: None).files
    assert len(files) == len(set(files.values())) == 6


def test_stages_read_only_from_stages_before_them() -> None:
    seen: set[str] = set()
    for stage in STAGES:
        assert set(stage.inputs) <= seen
        assert stage.name not in seen
        seen.add(stage.name)
