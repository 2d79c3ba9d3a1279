"""Parts of the classes of a run: found, tested, kept, shown, and resumed."""

import shutil
from pathlib import Path

import page_reader
import part_run
import photo_run
import pytest
import tiny
from part_run import OWN
from PIL import Image

from audit.records import Results
from audit.records.unit_records import PartsUnit
from audit.stages import Context
from audit.stages.parts.chosen_classes import chosen_classes
from audit.stages.parts.parts_stage import PartsOfClasses
from audit.stages.pictures.drawing_stages import Pictures
from audit.stages.probes.carrier_images import carriers

STAGE = PartsOfClasses()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return part_run.finished(tmp_path_factory)


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.model_validate_json((folder / "run" / "results.json").read_bytes())


def test_the_corner_is_the_part_of_its_class_on_every_image(results: Results) -> None:
    (part,) = results.classes[OWN].parts
    assert part.class_index == OWN
    assert part.recurrence.k == part.recurrence.n == 2 + 4  # pictures, and photographs held back
    assert (part.alone.k, part.alone.n) == (6, 6)
    assert (part.pasted.k, part.pasted.n, part.plain.k) == (6, 6, 0)
    assert part.without.n == 6
    # On photographs there is nothing else to answer it by; of pictures nothing is known.
    assert part.without.k <= 2
    assert part.without_answers[0][0] == 0
    assert part.own_among == 1
    assert 1 / 64 < part.area < 1 / 8
    for one in part.appearances:
        if one.origin == "natural":
            assert max(value for polygon in one.outline for corner in polygon for value in corner) < 0.3
    assert [one.origin for one in part.appearances] == ["synthesised"] * 2 + ["natural"] * 4
    # No piece of another photograph is answered as the class, whether it looks like the corner or not.
    assert part.lookalikes.k == part.unlike.k == 0
    assert part.lookalikes.n + part.unlike.n == 25 * 6
    others = [one.class_index for one in part.neighbours]
    assert sorted(others) == [0, 2, 3]
    similar = [one.similarity for one in part.neighbours]
    assert similar == sorted(similar, reverse=True)


def test_a_class_that_nothing_speaks_for_has_no_part_and_one_of_the_middle_has_it_there(
    results: Results,
) -> None:
    assert results.classes[0].parts == []
    (part,) = results.classes[2].parts
    for one in part.appearances:
        (outline,) = one.outline
        for axis in (0, 1):
            values = [corner[axis] for corner in outline]
            assert (min(values) + max(values)) / 2 == pytest.approx(0.5, abs=0.05)


def test_pictures_of_parts_are_in_the_folder_and_on_the_page(folder: Path, results: Results) -> None:
    page = (folder / "run" / "index.html").read_text()
    shown = page_reader.sections(page)
    for entry in results.classes:
        pieces = [one for part in entry.parts for one in (*part.appearances, *part.neighbours)]
        for one in pieces:
            for file in (one.file, one.outlined):
                with Image.open(folder / "run" / file) as image:
                    assert image.size == ((224, 224) if file == one.outlined else (32, 32))
        section = page_reader.parse(shown[entry.label.index])
        drawn = [e for e in section.all("img") if e.attributes["alt"].endswith("outlined")]
        assert len(drawn) == len(pieces)
        assert all(image.attributes["data-img"] for image in drawn)
        assert ("What it is answered by" in section.visible) == bool(entry.parts)
    corner = page_reader.parse(shown[OWN]).visible
    assert "On 6 of 6 images of the class" in corner
    assert "its own class comes first" in corner


def test_a_finished_run_computes_nothing_again_and_the_stage_anew_gives_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    model, noted = part_run.write(tmp_path), tiny.noting(monkeypatch)

    def again() -> None:
        noted.clear()
        tiny.audit_tiny(model, tmp_path / "run", *part_run.SETTINGS, images=folder / "photographs")

    again()
    assert noted == []
    for stage in ("parts", "pieces"):
        shutil.rmtree(tmp_path / "run" / "units" / stage)
    shutil.rmtree(tmp_path / "run" / "images" / "parts")
    again()
    assert noted == [("pieces", (0,)), ("pieces", (1,)), ("parts", (0, 1, 2, 3))]
    before, after = (tiny.comparable(one) for one in (folder / "run", tmp_path / "run"))
    assert after["classes"] == before["classes"]
    assert after["pieces"] == before["pieces"]
    parts = Path("images") / "parts"
    assert tiny.tree(tmp_path / "run" / parts) == tiny.tree(folder / "run" / parts)


def test_of_many_classes_those_that_are_chosen_have_parts(tmp_path: Path) -> None:
    made = part_run.context(tmp_path, "parts.classes=2")
    inputs = photo_run.computed(Pictures(), made)
    body = STAGE.compute((0, 1, 2, 3), made, inputs, lambda views: None).body
    assert isinstance(body, PartsUnit)
    assert list(body.parts) == list(chosen_classes(made, inputs))
    assert len(body.parts) == 2


def test_all_classes_are_one_unit_and_cost_no_more_than_is_said(tmp_path: Path) -> None:
    made = part_run.context(tmp_path)
    assert STAGE.units(made) == [(0, 1, 2, 3)]
    inputs, spent = photo_run.computed(Pictures(), made), 0.0
    for unit in photo_run.computed(STAGE, made, inputs):
        spent += unit.views
    assert 0.2 * STAGE.views(made) < spent <= STAGE.views(made)
    made.classifier.task = "multi-label"
    assert STAGE.units(made) == []
    assert STAGE.views(made) == 0


def test_off_and_two_channels_give_none(tmp_path: Path) -> None:
    assert STAGE.units(part_run.context(tmp_path / "off", "parts.classes=0")) == []
    assert STAGE.units(part_run.context(tmp_path / "two", channels=2)) == []


def test_photographs_without_labels_count_by_their_answers(tmp_path: Path) -> None:
    given = part_run.photographs(tmp_path / "labelled")
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in given.rglob("*.png"):
        shutil.copy(file, flat / f"{file.parent.name}-{file.name}")
    made = part_run.context(tmp_path, given=flat)
    inputs = photo_run.computed(Pictures(), made)
    parts = STAGE.compute((OWN,), made, inputs, lambda views: None).body.parts[OWN]  # type: ignore[attr-defined]
    assert parts
    assert parts[0].recurrence.n == 2 + sum(answered == OWN for answered in _answers(made))
    assert parts[0].pasted.n > 0
    assert {one.class_index for part in parts for one in part.neighbours} <= {*range(4)}


def _answers(made: Context) -> list[int]:
    return made.classifier.logits(carriers(made, "probing").images).argmax(1).tolist()


def test_a_network_of_one_channel_has_parts_too(tmp_path: Path) -> None:
    made = part_run.context(tmp_path, channels=1)
    inputs = photo_run.computed(Pictures(), made)
    computed = STAGE.compute((OWN,), made, inputs, lambda views: None)
    part = computed.body.parts[OWN][0]  # type: ignore[attr-defined]
    assert part.alone.k == part.alone.n > 0
    assert all(one.outlined in computed.files for one in (*part.appearances, *part.neighbours))
