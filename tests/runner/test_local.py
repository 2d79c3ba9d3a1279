from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from audit.records.unit_records import StatisticsUnit
from audit.runner.local import Step, execute
from audit.runner.plan import Unit
from audit.runner.store import Store
from audit.stages import Computed
from audit.stages.checkpoint import Checkpoint
from audit.stages.stage import Together


@dataclass
class Adding:
    """A stage that writes down which classes it was given, and what it read."""

    name: str
    version: int = 1
    inputs: tuple[str, ...] = ()
    together: Together = "no"
    body: Any = StatisticsUnit
    computed: list[tuple[int, ...]] = field(default_factory=list)
    read: list[list[str]] = field(default_factory=list)

    def compute(self, classes: Any, context: Any, inputs: Any, tick: Any) -> Computed:
        self.computed.append(classes)
        self.read.append([record.key for record in inputs])
        for _ in classes:
            tick(1.5)
        files = {f"images/{self.name}/{c}.png": bytes([c]) for c in classes}
        return Computed(StatisticsUnit(values={name: {} for name in files}), 1.5 * len(classes), files)


@pytest.fixture
def stages() -> tuple[Any, Any]:
    return Adding("first"), Adding("second", inputs=("first",))


@pytest.fixture
def units(stages: tuple[Any, Any]) -> list[Unit]:
    first, second = stages
    return [
        Unit(first, "classes", (0, 1), ("a0", "a1"), ((), ())),
        Unit(first, "classes", (2,), ("a2",), ((),)),
        Unit(second, "classes", (0, 1, 2), ("b0", "b1", "b2"), (("a0",), ("a1",), ("a2",))),
    ]


def run(units: list[Unit], folder: Path) -> tuple[dict[str, Any], list[Step]]:
    steps: list[Step] = []
    store = Store(folder)
    with store.locked():
        context: Any = SimpleNamespace(checkpoint=Checkpoint())
        return execute(units, context, store, steps.append), steps


def test_each_unit_once_with_its_inputs(units: list[Unit], stages: tuple[Any, Any], tmp_path: Path) -> None:
    records, steps = run(units, tmp_path)
    first, second = stages
    assert (first.computed, second.computed) == ([(0, 1), (2,)], [(0, 1, 2)])
    assert second.read == [[units[0].key, units[1].key]]
    assert list(records) == [unit.key for unit in units]
    assert [(r.stage, r.items, r.views) for (r,) in records.values()] == [
        ("first", [0, 1], 3.0),
        ("first", [2], 1.5),
        ("second", [0, 1, 2], 4.5),
    ]
    assert all(r.seconds > 0 for (r,) in records.values())
    assert sum(step.views for step in steps) == 9.0
    assert [(s.unit.key, s.reused) for s in steps if s.finished] == [(u.key, False) for u in units]


def test_what_is_finished_is_read(units: list[Unit], stages: tuple[Any, Any], tmp_path: Path) -> None:
    before, _ = run(units, tmp_path)
    after, steps = run(units, tmp_path)
    assert after == before
    assert [len(stage.computed) for stage in stages] == [2, 1]
    assert [(s.views, s.finished, s.reused) for s in steps] == [(0.0, True, True)] * 3
    (tmp_path / "images/first/2.png").write_bytes(b"?")
    run(units, tmp_path)
    assert [len(stage.computed) for stage in stages] == [3, 1]
    assert stages[0].computed[-1] == (2,)


def test_only_what_no_record_holds_is_computed(
    units: list[Unit], stages: tuple[Any, Any], tmp_path: Path
) -> None:
    """One class first, then all: its record stands, and what is read of the others' is theirs alone."""
    first, second = stages
    one = [units[0].only({"a1"}), units[2].only({"b1"})]
    run(one, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.name != ".lock"}
    records, steps = run(units, tmp_path)
    assert first.computed == [(1,), (0,), (2,)]
    assert second.computed == [(1,), (0, 2)]
    assert {path: path.read_bytes() for path in before} == before
    assert [[r.items for r in records[unit.key]] for unit in units] == [[[0], [1]], [[2]], [[0, 2], [1]]]
    assert [s.reused for s in steps if s.finished] == [True, False, True]
    records, _ = run(one, tmp_path)
    assert [r.items for found in records.values() for r in found] == [[1], [1]]
    assert [len(stage.computed) for stage in stages] == [3, 2]


def test_a_record_is_cut_to_what_was_chosen(
    units: list[Unit], stages: tuple[Any, Any], tmp_path: Path
) -> None:
    run(units, tmp_path)
    records, _ = run([units[2].only({"b0"})], tmp_path)
    ((record,),) = records.values()
    assert (record.items, record.keys, record.views) == ([0], ["b0"], 1.5)


def test_a_failure_keeps_what_was_finished(
    units: list[Unit], stages: tuple[Any, Any], tmp_path: Path
) -> None:
    def failing(*rest: Any) -> Computed:
        raise MemoryError

    stages[1].compute = failing
    with pytest.raises(MemoryError):
        run(units, tmp_path)
    del stages[1].compute
    run(units, tmp_path)
    assert [len(stage.computed) for stage in stages] == [2, 1]
