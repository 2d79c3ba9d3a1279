import base64
import itertools
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from scipy.spatial.distance import cosine

from audit.image_stats import STATISTICS, bundled, to_uint8_grid
from audit.image_stats.baseline import GRID
from audit.records.unit_records import PicturesUnit, StatisticsUnit, UnitRecord
from audit.runner.assemble import environment
from audit.runner.reduce import reduced
from audit.runner.run_stages import StageRun
from audit.stages import STAGES, Computed, Context, in_order
from audit.stages.pictures.record_pictures import record
from audit.stages.pictures.restart_agreement import CENTRED_FROM
from audit.synthesis.class_pictures import Drawn
from audit.synthesis.engine import Job


def unit(body: PicturesUnit | StatisticsUnit) -> UnitRecord:
    return tiny.recorded(body, stage="pictures" if isinstance(body, PicturesUnit) else "statistics")


def measurements(context: Context, made: list[UnitRecord]) -> Any:
    """What checks would read of these records."""
    runs = [
        StageRun(stage, (), 0, tuple(r for r in made if r.stage == stage.name)) for stage in in_order(STAGES)
    ]
    failures: list[str] = []
    merged = reduced(context, runs, failures.append)
    assert failures == []
    return SimpleNamespace(classes=merged.classes, run=merged.run, details=merged.details)


def sketch(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def records(context: Context, features: dict[int, np.ndarray], value: float | None = 1.0) -> list[UnitRecord]:
    """Pictures of each class whose restarts have these features `[r, 128]`; all statistics are `value`."""
    drawn: list[Any] = []
    for index, rows in features.items():
        jobs = [Job(index, r) for r in range(len(rows))]
        images = to_uint8_grid(torch.rand(len(rows), 3, 32, 32))
        made: Computed = record(context.classifier, jobs, Drawn(images, [1.0] * len(images)), "natural")
        assert isinstance(made.body, PicturesUnit)
        (group,) = made.body.pictures
        drawn.append(group.model_copy(update={"sketches": [sketch(row) for row in rows]}))
    files = [picture.file for group in drawn for picture in group.pictures]
    values = {file: dict.fromkeys(STATISTICS, value) for file in files}
    return [unit(PicturesUnit(pictures=[g])) for g in drawn] + [unit(StatisticsUnit(values=values))]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return tiny.context(tiny.write(tmp_path), tmp_path)


def test_agreement(context: Context) -> None:
    """1 for identical restarts, else the mean cosine over pairs after the mean over all pictures is out."""
    rng = np.random.default_rng(0)
    features = {c: rng.normal(size=(3, 128)).astype(np.float16).astype(float) + 2 for c in range(6)}
    features[2] = np.repeat(features[2][:1], 3, axis=0)
    found = measurements(context, records(context, features)).classes
    centre = np.concatenate(list(features.values())).mean(0)
    for index, rows in features.items():
        pairs = itertools.combinations(rows - centre, 2)
        expected = np.mean([1 - cosine(a, b) for a, b in pairs])
        assert found[index].agreement == pytest.approx(expected, abs=1e-4)
    assert found[2].agreement == pytest.approx(1, abs=1e-6)
    assert all(abs(found[c].agreement or 0) < 0.5 for c in (0, 1, 3, 4, 5))


def test_opposite_restarts_disagree(context: Context) -> None:
    rng = np.random.default_rng(0)
    features = {c: np.array([[1.0], [-1.0]]) * rng.normal(size=128) for c in range(6)}
    for measured in measurements(context, records(context, features)).classes:
        assert measured.agreement == pytest.approx(-1, abs=1e-3)


def test_no_agreement_where_it_means_nothing(context: Context) -> None:
    one = {c: np.random.default_rng(c).normal(size=(1, 128)) for c in range(6)}
    assert [c.agreement for c in measurements(context, records(context, one)).classes] == [None] * 6
    few = replace(context, classes=tuple(range(CENTRED_FROM - 1)))
    two = {c: np.random.default_rng(c).normal(size=(2, 128)) for c in few.classes}
    assert {c.agreement for c in measurements(few, records(few, two)).classes} == {None}


FEATURES = {c: np.random.default_rng(c).normal(size=(2, 128)) for c in range(6)}


@pytest.mark.parametrize(
    "value, percentile", [(50.0, 50.0), (2.5, 2.5), (-7.0, 0.0), (1e9, 100.0), (None, None)]
)
def test_percentiles(context: Context, value: float | None, percentile: float | None) -> None:
    """In a baseline whose q-th quantile is q, every value is its own percentile."""
    shipped = bundled(32, 32)
    assert shipped is not None
    tables = dict.fromkeys(STATISTICS, tuple(map(float, GRID)))
    context = replace(context, baseline=shipped.model_copy(update={"tables": tables}))
    for measured in measurements(context, records(context, FEATURES, value)).classes:
        for columns in measured.statistics.values():
            assert set(columns) == set(STATISTICS)
            for placed in columns.values():
                assert placed.value == value
                assert placed.percentile == (None if percentile is None else pytest.approx(percentile))


def test_without_baseline_no_percentiles(context: Context) -> None:
    bare = measurements(replace(context, baseline=None), records(context, FEATURES))
    places = {
        v.percentile for c in bare.classes for columns in c.statistics.values() for v in columns.values()
    }
    assert places == {None}


def test_classes_in_order_whatever_the_order_of_records(context: Context) -> None:
    made = records(context, FEATURES)
    straight, reverse = measurements(context, made), measurements(context, made[::-1])
    assert straight == reverse
    assert [c.label.index for c in straight.classes] == list(range(6))
    assert [len(c.pictures) for c in straight.classes] == [2] * 6


def test_ten_thousand_classes_are_put_together_in_seconds(tmp_path: Path) -> None:
    """Each class's records are found without a look at all others'."""
    k = 10_000
    context = tiny.context(tiny.write(tmp_path, classes=k), tmp_path)
    rng = np.random.default_rng(0)
    (body, *_) = records(context, {0: rng.normal(size=(2, 128))})
    (group,) = body.body.pictures
    groups, values = [], {}
    for c in range(k):
        own = [p.model_copy(update={"class_index": c, "file": f"{c} {p.restart}"}) for p in group.pictures]
        groups.append(group.model_copy(update={"class_index": c, "pictures": own}))
        values |= {p.file: {} for p in own}
    made = [unit(PicturesUnit(pictures=groups[i : i + 64])) for i in range(0, k, 64)]
    began = time.process_time()
    found = measurements(context, [*made, unit(StatisticsUnit(values=values))]).classes
    assert time.process_time() - began < 5  # with a search of all for each class: 16
    assert [(c.label.index, c.pictures[0].class_index) for c in found[::999]] == [
        (c, c) for c in range(0, k, 999)
    ]


def test_environment_names_versions() -> None:
    found = environment()
    assert found.torch == torch.__version__
    assert found.threads == torch.get_num_threads()
    assert all(found.model_dump().values())
