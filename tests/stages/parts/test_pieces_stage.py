"""How well small pieces tell the classes of a run's photographs."""

import shutil
from pathlib import Path

import numpy as np
import part_run
import photo_run
import pytest
import tiny
from part_run import OWN

from audit.parts.pieces import answers_on_pieces, pieces
from audit.parts.told_by_pieces import REGIONS, told_by_pieces
from audit.records.unit_records import PiecesUnit
from audit.stages import Context
from audit.stages.parts.pieces_stage import PiecesOfPhotographs
from audit.stages.probes.carrier_images import carriers

STAGE = PiecesOfPhotographs()


def test_both_halves_are_told_as_their_photographs_say(tmp_path: Path) -> None:
    made = part_run.context(tmp_path)
    units = photo_run.computed(STAGE, made)
    assert [unit.items for unit in units] == [[0], [1]]
    assert sum(unit.views for unit in units) == pytest.approx(STAGE.views(made))
    found = STAGE.reduce(made, units).run["pieces"]
    for told, half in ((found.probing, "probing"), (found.held_back, "held back")):
        given = carriers(made, half)
        on_pieces = answers_on_pieces(made.classifier, given.images, 64)
        expected = told_by_pieces(on_pieces, pieces(32, 32), given.labels.numpy())
        assert told.told.keys() == REGIONS.keys()
        for region, values in told.told.items():
            assert values == pytest.approx(expected[region], abs=1e-5)
        assert (told.photographs, told.shown) == (16, [4, 4, 4, 4])
        assert told.told["edge"][OWN] == 1
        assert told.told["middle"][OWN] < 0.9


def test_the_second_half_is_asked_only_where_parts_are_looked_at(tmp_path: Path) -> None:
    made = part_run.context(tmp_path, "parts.classes=0")
    units = photo_run.computed(STAGE, made)
    assert [unit.items for unit in units] == [[0]]
    assert sum(unit.views for unit in units) == pytest.approx(STAGE.views(made))
    found = STAGE.reduce(made, units).run["pieces"]
    assert found.held_back is None
    assert STAGE.reduce(made, units[1:]).run == {}


def test_a_network_of_one_channel_is_asked_as_well(tmp_path: Path) -> None:
    made = part_run.context(tmp_path, "parts.classes=0", channels=1)
    assert carriers(made, "probing").images.shape[1] == 1
    (unit,) = photo_run.computed(STAGE, made)
    assert isinstance(unit.body, PiecesUnit)
    told = unit.body.told[0].told
    assert told["edge"][OWN] == 1
    assert told["edge"][3] < 0.9


def test_photographs_that_are_too_small_or_without_a_class_are_left_out(tmp_path: Path) -> None:
    given = part_run.photographs(tmp_path / "photographs")
    for number in range(2):  # others of the class stay
        tiny.photograph(given / "banana" / f"{number}.png", side=20)
    for number in range(4):
        tiny.photograph(given / "elsewhere" / f"{number}.png", number)
    made = part_run.context(tmp_path, "probes.photographs=30", "parts.classes=1", given=given)
    units = photo_run.computed(STAGE, made)
    found = STAGE.reduce(made, units).run["pieces"]
    shown = np.add(found.probing.shown, found.held_back.shown).tolist()
    assert shown == [6, 8, 8, 8]
    assert found.probing.photographs + found.held_back.photographs == 30


def without_photographs(folder: Path) -> Context:
    return photo_run.context(folder / "run", None, "probes.photographs=16")


def flat(folder: Path) -> Context:
    shown = photo_run.folder_of(folder / "flat", [f"{i}.png" for i in range(16)])
    return part_run.context(folder, given=shown)


def too_few(folder: Path) -> Context:
    return part_run.context(folder, each=4)  # two of each half


def one_class(folder: Path) -> Context:
    shown = part_run.photographs(folder / "photographs", 8)
    for name in tiny.NAMES[1:4]:
        shutil.rmtree(shown / name)
    return part_run.context(folder, given=shown)


def off(folder: Path) -> Context:
    return part_run.context(folder, "probes.photographs=0")


def of_several_labels(folder: Path) -> Context:
    made = part_run.context(folder)
    made.classifier.task = "multi-label"
    return made


def of_two_channels(folder: Path) -> Context:
    return part_run.context(folder, channels=2)


@pytest.mark.parametrize(
    "unfit", [without_photographs, flat, too_few, one_class, off, of_several_labels, of_two_channels]
)
def test_where_nothing_can_be_told_there_is_no_unit(unfit, tmp_path: Path) -> None:
    made = unfit(tmp_path)
    assert STAGE.units(made) == []
    assert STAGE.views(made) == 0
    assert STAGE.reduce(made, []).run == {}
