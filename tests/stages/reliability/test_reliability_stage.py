from pathlib import Path

import photo_run as here
import pytest

from audit.stages.reliability.randomization_stage import Randomization
from audit.stages.reliability.reliability_stage import ReliabilityStage

CONTROL = "reliability.control_classes=6"


def test_a_photograph_taken_for_the_picture_goes_the_way_of_photographs(tmp_path: Path) -> None:
    """A planted truth: each picture lies among the photographs too, so it is as near as can be to one."""
    photographs = here.folder_of(tmp_path / "photos", [f"{i}.png" for i in range(12)])
    context = here.context(tmp_path / "run", photographs)
    pictures = here.computed(here.Pictures(), context)
    shown = {p.class_index: p for u in pictures for g in u.body.pictures for p in g.pictures if p.chosen}
    for index, picture in shown.items():
        (photographs / f"own{index}.png").write_bytes((context.folder / picture.file).read_bytes())
    context = here.context(tmp_path / "run", photographs)
    (unit,) = here.computed(
        ReliabilityStage(), context, [*here.computed(here.Photographs(), context), *pictures]
    )
    assert unit.body.compared == 12 + len(shown)
    assert [layer.layer for layer in unit.body.natural][-1] == "penultimate features"
    for path in unit.body.classes.values():
        assert len(path) == len(unit.body.natural) > 3
        for layer in path:
            assert layer.nearest == pytest.approx(1, abs=1e-4)
            assert (layer.inactive, layer.channels) == (0, [])


def test_without_photographs_nothing_is_compared(tmp_path: Path) -> None:
    assert ReliabilityStage().units(here.context(tmp_path / "run", None)) == []
    few = here.folder_of(tmp_path / "photos", ["a.png", "b.png"])
    assert ReliabilityStage().units(here.context(tmp_path / "few", few)) == []


def test_the_control_of_a_random_network_is_no_worse(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", None, CONTROL, "reliability.control_restarts=3")
    (unit,) = here.computed(Randomization(), context, here.computed(here.Pictures(), context))
    assert [c.class_index for c in unit.body.network] == list(context.classes)
    assert [c.class_index for c in unit.body.control] == list(context.classes)
    assert all(c.agreement is not None for c in (*unit.body.network, *unit.body.control))
    again = Randomization().compute(
        unit.items, context, here.computed(here.Pictures(), context), lambda v: None
    )
    assert again.body == unit.body


def test_the_runs_own_pictures_are_not_drawn_again(tmp_path: Path) -> None:
    settings = (CONTROL, "reliability.control_restarts=2", "synthesis.restarts=2")
    context = here.context(tmp_path / "run", None, *settings)
    (unit,) = here.computed(Randomization(), context, here.computed(here.Pictures(), context))
    pictures = [g for u in here.computed(here.Pictures(), context) for g in u.body.pictures]
    own = {g.class_index: sum(p.probability for p in g.pictures) / len(g.pictures) for g in pictures}
    assert {c.class_index: c.probability for c in unit.body.network} == pytest.approx(own, abs=1e-4)
