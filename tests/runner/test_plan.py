import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

from audit.attacks import ATTACKS
from audit.image_stats import STATISTICS
from audit.image_stats.all_statistics import FAMILIES
from audit.image_stats.families import tone
from audit.records.unit_records import UnitRecord
from audit.runner.plan import Unit, plan
from audit.stages import STAGES, Context, in_order
from audit.stages.statistics.statistics_stage import PictureStatistics

CONTROL = "reliability.control_classes=6"


@pytest.fixture
def units(tmp_path: Path) -> Any:
    """`units(settings...)` plans a run; keywords as of `tiny.write` and `tiny.context`."""

    def make(*settings: str, only: tuple[str, ...] = (), **network: Any) -> list[Unit]:
        return plan(tiny.context(tiny.write(tmp_path, **network), tmp_path, CONTROL, *settings, only=only))

    return make


def keys(units: list[Unit]) -> dict[tuple[str, tuple[int, ...]], str]:
    return {(unit.stage.name, unit.items): unit.key for unit in units}


def changed(units: Any, *settings: str, **network: Any) -> set[str]:
    """Stages of which any key changes."""
    before, after = keys(units()), keys(units(*settings, **network))
    assert before.keys() == after.keys()
    return {stage for (stage, classes), key in after.items() if before[stage, classes] != key}


ALL = {"pictures", "unconstrained", "statistics", "robustness", "randomization", "parts"}
DRAWN = ALL - {"unconstrained"}


def test_the_same_command_has_the_same_keys(units: Any) -> None:
    assert keys(units()) == keys(units())
    assert len(set(keys(units()).values())) == len(units()) == 6


@pytest.mark.parametrize(
    "settings, stages",
    [
        (["seed=1"], ALL),
        (["dtype=bfloat16"], ALL),
        (["synthesis.rate=0.123"], DRAWN),
        (["synthesis.views=9"], DRAWN),
        (["synthesis.crop=[0.51, 0.9]"], DRAWN),
        (["unconstrained.rate=0.5"], {"unconstrained", "statistics", "parts"}),
        (["robustness.steps=7"], {"robustness"}),
        (["reliability.control_restarts=3"], {"randomization"}),
        (["parts.images=3"], {"parts"}),
        (["photographs.neighbours=2"], set()),
        (["checks.outlier_z=9"], set()),
        (["checks.unreliable_agreement=0.9", "checks.unreliable_probability=0.1"], set()),
    ],
    ids=lambda value: " ".join(sorted(value)),
)
def test_a_key_changes_with_what_the_stage_depends_on(
    units: Any, settings: list[str], stages: set[str]
) -> None:
    assert changed(units, *settings) == stages


@pytest.mark.parametrize("network", [{"seed": 2}, {"size": 40}], ids=str)
def test_another_network_or_preprocessing_changes_all(units: Any, network: dict[str, int]) -> None:
    assert changed(units, **network) == ALL


def test_a_larger_sample_keeps_units_of_the_same_classes(units: Any) -> None:
    few = keys(units("unconstrained.classes=3", "unconstrained.batch=2"))
    more = keys(units("unconstrained.classes=6", "unconstrained.batch=2"))
    kept = {unit for unit in few if unit[0] == "unconstrained"}
    assert len(kept) == 3
    assert {unit: few[unit] for unit in kept} == {unit: more[unit] for unit in kept}


def test_fewer_classes_keep_keys_of_whole_units(units: Any) -> None:
    every = keys(units("synthesis.batch=1"))
    some = keys(units("synthesis.batch=1", only=("0:4",)))
    drawn = [unit for unit in some if unit[0] == "pictures"]
    assert drawn == [("pictures", (0, 1)), ("pictures", (2, 3))]
    assert [some[unit] for unit in drawn] == [every[unit] for unit in drawn]


def test_a_unit_reads_the_units_of_its_classes(units: Any) -> None:
    planned = units("synthesis.batch=4")
    by_key = {k: (u.stage.name, c) for u in planned for c, k in zip(u.items, u.keys, strict=True)}
    (last,) = (unit for unit in planned if unit.stage.name == "statistics")
    for item, keys in zip(last.items, last.reads, strict=True):
        read = [by_key[key] for key in keys]
        assert ("pictures", item) in read
        assert {name for name, c in read if c == item} <= {"pictures", "unconstrained"}
        assert {c for _, c in read} == {item}
    order = {key: place for place, unit in enumerate(planned) for key in unit.keys}
    assert all(order[k] < order[u.keys[0]] for u in planned for keys in u.reads for k in keys)


def test_a_class_has_the_same_keys_whatever_else_is_chosen(units: Any) -> None:
    def of_class(planned: list[Unit], index: int) -> dict[str, str]:
        apart = [unit for unit in planned if unit.stage.together == "no"]
        return {u.stage.name: u.keys[u.items.index(index)] for u in apart if index in u.items}

    every = of_class(units("unconstrained.classes=6"), 3)
    assert of_class(units("unconstrained.classes=6", only=("3",)), 3) == every
    assert of_class(units("unconstrained.classes=6", only=("1:5",)), 3) == every
    assert every.keys() == {"pictures", "unconstrained", "statistics", "robustness"}


def test_a_new_statistic_attacks_nothing_again(units: Any, request: pytest.FixtureRequest) -> None:
    before = keys(units())
    sparkle = dataclasses.replace(STATISTICS["contrast"], id="sparkle")
    family = SimpleNamespace(__name__="sparkle", STATISTICS=(sparkle,), measure=tone.measure)
    request.addfinalizer(lambda: FAMILIES.unregister("sparkle"))
    FAMILIES.register(family)  # type: ignore[arg-type]
    after = keys(units())
    assert {stage for stage, items in before if before[stage, items] != after[stage, items]} == {"statistics"}


def test_plans_grow_as_the_classes_do(tmp_path: Path) -> None:
    """Ten times the classes take about ten times the time, not a hundred times."""

    def seconds(classes: int) -> float:
        context = tiny.context(tiny.write(tmp_path, classes=classes, seed=classes), tmp_path)
        began = time.process_time()
        assert sum(len(unit.items) for unit in plan(context) if unit.stage.name == "pictures") == classes
        return time.process_time() - began

    assert seconds(10_000) < 30 * max(seconds(1_000), 0.02)


def test_every_class_is_drawn_once(units: Any) -> None:
    for batch in (1, 4, 16):
        drawn = [c for u in units(f"synthesis.batch={batch}") if u.stage.name == "pictures" for c in u.items]
        assert drawn == list(range(6))


def test_what_reads_a_stage_of_several_parts_reads_all_of_them(tmp_path: Path) -> None:
    """A stage that reads two attacks has the records of both, and other keys where either changes."""

    class Reader(PictureStatistics):
        name = "reader"
        inputs = ("robustness",)

        def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
            return [context.classes]

    def planned(second: str) -> list[Unit]:
        ATTACKS.register(Second(second))
        try:
            given = tiny.context(network, tmp_path, f'robustness.attacks=["minimum-norm-pgd", "{second}"]')
            return plan(given, [*in_order(STAGES), Reader()])
        finally:
            ATTACKS.unregister(second)

    network = tiny.write(tmp_path)
    first, other = planned("one"), planned("two")
    (reader,) = [unit for unit in first if unit.stage.name == "reader"]
    attacked = [key for unit in first if unit.stage.name == "robustness" for key in unit.keys]
    assert len(attacked) == 2 * len(reader.items)
    assert sorted(key for item in reader.reads for key in item) == sorted(attacked)
    assert reader.keys != next(unit for unit in other if unit.stage.name == "reader").keys


class Second:
    """An attack that does nothing."""

    norm = "linf"

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, target: Any, epsilon: float) -> Any:
        return target.images
