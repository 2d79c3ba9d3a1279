from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import photo_run as here
import pytest
import tiny
import torch
from PIL import Image

from audit.classifier import load
from audit.config import read_config
from audit.photos import read
from audit.photos.counterexample_folders import scan_counterexamples
from audit.planted.demo_photographs import write_counterexamples
from audit.planted.world import DUMBBELL
from audit.records import CounterexampleTest, Photograph, Prediction, Proportion
from audit.records.unit_records import PhotographsUnit
from audit.runner.plan import Unit, foreseen, plan
from audit.runner.session import RunOptions, prepare
from audit.stages import Context
from audit.stages.counterexamples.counterexamples_reduction import counterexample_tests
from audit.stages.counterexamples.counterexamples_stage import CounterexamplesStage


def given(context: Context, **folders: Path) -> Context:
    """With counterexamples of classes that are called so."""
    names = {label.name: label.index for label in context.classifier.classes}
    made = [scan_counterexamples(folder, names[name], limit=100, seed=0) for name, folder in folders.items()]
    return replace(context, counterexamples=tuple(sorted(made, key=lambda one: one.class_index)))


def folder(path: Path, objects: int, parts: int, start: int = 0) -> Path:
    for number in range(objects):
        tiny.photograph(path / f"{number}.png", start + number)
    for number in range(parts):
        tiny.photograph(path / "part" / f"{number}.png", start + 100 + number)
    return path


def asked_all(context: Context) -> list[CounterexampleTest]:
    units = here.computed(CounterexamplesStage(), context)
    return CounterexamplesStage().reduce(context, units).run["counterexamples"]  # type: ignore[return-value]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return here.context(tmp_path / "run", None, "photographs.batch=4")


def test_figures_are_those_of_the_plain_network(context: Context, tmp_path: Path) -> None:
    bare = folder(tmp_path / "bare", 11, 3)
    (bare / "broken.png").write_bytes(b"no picture")
    (bare / "c.heic").write_bytes(b"no picture")
    context = given(context, lemon=bare)
    network, lemon = load(f"{tmp_path}/net1.py:make"), 3
    objects, parts = asked_all(context)
    for test, photos in zip((objects, parts), context.counterexamples[0].photos.values(), strict=True):
        seen = read(photos.entries, network.input)
        with torch.no_grad():
            logits = network.logits(seen.images).numpy().astype(np.float64)
        first, likely = logits.argmax(1), np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        right = [int(answer) == lemon for answer in first]
        assert test.answered == Proportion.of(sum(right), len(first))
        others = Counter(int(answer) for answer in first if answer != lemon)
        assert {o.class_index: o.count for o in test.instead} == dict(others.most_common(5))
        assert test.probability == pytest.approx(likely[:, lemon].mean(), rel=1e-4)
        by_name = {
            photos.entries[i].name: row for i, row in zip(seen.indices, range(len(first)), strict=True)
        }
        for shot in test.examples:
            row = by_name[shot.name]
            assert shot.answer is not None
            assert shot.answer.class_index == first[row]
            assert shot.probability == pytest.approx(likely[row, lemon], rel=1e-3)
            with Image.open(context.folder / shot.file) as picture:
                exact = (seen.images[row] * 255).round().byte().permute(1, 2, 0).numpy()
                assert np.array_equal(np.asarray(picture), exact)
                assert picture.format == "PNG"
        assert 0 < len(test.examples) <= 4
    assert (objects.kind, objects.files, objects.found) == ("object", 11, 13)
    assert objects.skipped == {"unreadable": 1, "of a kind that is not read (.heic)": 1}
    assert (parts.kind, parts.files, parts.found, parts.skipped) == ("part", 3, 3, {})
    assert objects.source == parts.source == bare.as_posix()


def keyed(context: Context) -> dict[tuple[int, ...], Unit]:
    return {unit.items: unit for unit in plan(context) if unit.stage.name == "counterexamples"}


def test_views_are_those_foretold_and_there_is_nothing_to_do_without_any(
    context: Context, tmp_path: Path
) -> None:
    assert keyed(context) == {}
    assert foreseen(CounterexamplesStage(), context) == 0
    assert counterexample_tests(context, []) == []
    context = given(context, lemon=folder(tmp_path / "a", 5, 2), pear=folder(tmp_path / "b", 3, 0))
    spent = sum(unit.views for unit in here.computed(CounterexamplesStage(), context))
    assert spent == pytest.approx(foreseen(CounterexamplesStage(), context))
    assert spent == pytest.approx(10 / 3)


def test_a_key_depends_on_the_files_of_its_class_and_nothing_else_does(
    context: Context, tmp_path: Path
) -> None:
    lemons, pears = folder(tmp_path / "a", 3, 2), folder(tmp_path / "b", 3, 0, start=50)
    before = {(u.stage.name, u.items): u.key for u in plan(context)}
    both = given(context, lemon=lemons, pear=pears)
    after = {(u.stage.name, u.items): u.key for u in plan(both)}
    assert before.items() <= after.items()
    assert {name for name, _ in after.keys() - before.keys()} == {"counterexamples"}
    first = keyed(both)
    assert list(first) == [(3,), (4,)]
    assert len({unit.key for unit in first.values()}) == 2

    def changed() -> set[tuple[int, ...]]:
        now = keyed(given(context, lemon=lemons, pear=pears))
        return {items for items in first if now[items].key != first[items].key}

    assert changed() == set()
    tiny.photograph(pears / "0.png", 77)
    assert changed() == {(4,)}
    (lemons / "part" / "0.png").rename(lemons / "9.png")  # the same bytes as another kind
    assert changed() == {(3,), (4,)}
    assert keyed(given(context, lemon=pears))[3,].key != keyed(given(context, pear=pears))[4,].key


def test_the_folder_may_move(context: Context, tmp_path: Path) -> None:
    lemons = folder(tmp_path / "a", 3, 1)
    before = keyed(given(context, lemon=lemons))
    moved = given(context, lemon=lemons.rename(tmp_path / "elsewhere"))
    assert keyed(moved)[3,].key == before[3,].key
    assert asked_all(moved)[0].source.endswith("elsewhere")


def photograph(index: int, label: int | None, rank: int, probability: float) -> Photograph:
    answer = Prediction(class_index=0, logit=1.0, probability=0.5)
    return Photograph(
        index=index, name="a", sha256="b", label=label, answer=answer, second=None, rank=rank,
        probability=probability, in_baseline=False,
    )  # fmt: skip


@pytest.mark.parametrize("task, k", [("single-label", 2), ("multi-label", 1)])
def test_the_scale_is_the_classes_own_photographs(
    context: Context, tmp_path: Path, task: Any, k: int
) -> None:
    context = given(context, lemon=folder(tmp_path / "a", 2, 1))
    context.classifier.task = task
    units = here.computed(CounterexamplesStage(), context)
    assert [t.photographs for t in counterexample_tests(context, units)] == [None, None]
    photographs = [
        photograph(0, 3, 1, 0.4),
        photograph(1, 3, 1, 0.9),
        photograph(2, 3, 2, 0.45),
        photograph(3, 4, 1, 0.9),
        photograph(4, None, 1, 0.9),
        # The output is not finite: no answer.
        photograph(5, 3, 1, 0.9).model_copy(
            update={"answer": Prediction(class_index=3, logit=float("nan"), probability=float("nan"))}
        ),
    ]
    body = PhotographsUnit(photographs=photographs, skipped={}, arrays="none.npz")
    found = counterexample_tests(context, [tiny.recorded(body, of="photographs"), *units])
    assert [t.photographs for t in found] == [Proportion.of(k, 4)] * 2


@pytest.mark.parametrize("model, objects", [("demo", range(3)), ("demo:clean", range(9, 13))])
def test_the_demo_misses_dumbbells_without_an_arm_and_its_twin_does_not(
    tmp_path: Path, model: str, objects: range
) -> None:
    """An arm alone is a dumbbell for both: no class of theirs is nearer."""
    assert write_counterexamples(tmp_path / "bare", 12) == 24
    options = RunOptions(
        read_config("quick"), "quick", ["dumbbell"], None, tmp_path / "run", False, "audit",
        counterexamples={"dumbbell": tmp_path / "bare"},
    )  # fmt: skip
    context = prepare(load(model), options)
    found = {test.kind: test for test in asked_all(context)}
    assert {test.class_index for test in found.values()} == {DUMBBELL}
    assert [found[kind].files for kind in ("object", "part")] == [12, 12]
    assert found["object"].answered.k in objects
    assert found["part"].answered.k >= 10
