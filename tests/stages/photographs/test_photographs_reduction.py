from pathlib import Path

import photo_run as here
import pytest

from audit.photos import Entry, PhotoSet
from audit.records import Photograph, Prediction, Proportion
from audit.records.unit_records import PhotographsUnit, UnitRecord
from audit.stages.photographs.nearest_stage import NearestPhotographs
from audit.stages.photographs.photographs_reduction import class_photographs, photographs_info


def unit(rows: list[tuple[int | None, int, int | None]], skipped: dict[int, str]) -> UnitRecord:
    """Rows are (label, answer, rank)."""
    photographs = [
        Photograph(
            index=i,
            name=f"{i}.png",
            sha256="",
            label=label,
            answer=Prediction(class_index=answer, logit=1, probability=0.5),
            second=None,
            rank=rank,
            probability=None,
            in_baseline=i == 0,
        )
        for i, (label, answer, rank) in enumerate(rows)
    ]
    body = PhotographsUnit(photographs=photographs, skipped=skipped, arrays="x.npz")
    items = list(range(len(rows) + len(skipped)))
    return here.tiny.recorded(body, stage="photographs", of="photographs", items=items)


def photoset(kind: str) -> PhotoSet:
    entries = tuple(Entry(i, Path(f"{i}.png"), f"{i}.png", None, "", False) for i in range(6))
    return PhotoSet("folder", kind, 9, entries, {"unreadable": 2, "in no folder of a class": 1}, ("a note",))


ROWS = [(0, 0, 1), (0, 2, 2), (1, 0, 6), (1, 1, 1)]


def test_counts_and_reasons_add_up() -> None:
    units = [unit(ROWS, {4: "unreadable"}), unit([], {5: "too small"})]
    info = photographs_info(photoset("labelled"), units, 10)
    assert (info.found, info.used, info.in_baseline) == (9, 4, 1)
    assert info.skipped == {"unreadable": 3, "in no folder of a class": 1, "too small": 1}
    assert info.correct == Proportion.of(2, 4)
    assert info.correct_top5 == Proportion.of(3, 4)
    assert info.notes[:2] == ["a note", "8 of 10 classes have no photograph"]
    assert "not centred" in info.notes[2]
    assert len(info.photographs) == 4
    assert photographs_info(photoset("labelled"), units, 5).correct_top5 is None


def test_own_answers_are_never_right_or_wrong() -> None:
    rows = [(None, answer, None) for _, answer, _ in ROWS]
    info = photographs_info(photoset("own answers"), [unit(rows, {})], 10)
    assert (info.correct, info.correct_top5) == (None, None)
    assert any("own answers" in note for note in info.notes)


def test_nothing_usable_is_said() -> None:
    info = photographs_info(photoset("labelled"), [unit([], {0: "unreadable"})], 10)
    assert (info.used, info.correct) == (0, None)
    assert "no photograph could be used" in info.notes


@pytest.mark.parametrize("flat", [False, True])
def test_each_class_has_its_own(flat: bool, tmp_path: Path) -> None:
    names = [f"banana/{i}.png" for i in range(5)] + ["plum/5.png"]
    names = [name.replace("/", "-") for name in names] if flat else names
    context = here.context(tmp_path / "run", here.folder_of(tmp_path / "photos", names))
    units = here.photographed(context)
    units += here.computed(NearestPhotographs(), context, units)
    found = class_photographs(context, units)
    assert tuple(found) == context.classes
    records = [r for u in units if isinstance(u.body, PhotographsUnit) for r in u.body.photographs]
    for c, of_class in found.items():
        own = [r for r in records if (r.answer.class_index if flat else r.label) == c]
        assert of_class.count == len(own)
        assert of_class.enough == (len(own) >= 5)
        right = sum(r.answer.class_index == r.label for r in own)
        assert of_class.correct == (None if flat or not own else Proportion.of(right, len(own)))
        assert len(of_class.activating) == len(of_class.nearest) == 3
        assert of_class.activating[0].value >= of_class.activating[1].value


def test_without_photographs_no_class_has_any(tmp_path: Path) -> None:
    assert class_photographs(here.context(tmp_path / "run", None), []) == {}
