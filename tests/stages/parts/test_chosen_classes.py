"""Of which classes parts are looked at."""

from dataclasses import replace
from pathlib import Path

import photo_run
import pytest
import tiny

from audit.records.parts import ToldByPieces
from audit.records.unit_records import PiecesUnit, UnitRecord
from audit.stages.parts import chosen_classes as chosen
from audit.stages.parts.chosen_classes import chosen_classes


def told(best: int, next_one: int, half: int = 0) -> UnitRecord:
    values = [0.9 if c == best else 0.7 if c == next_one else 0.5 for c in range(8)]
    one = ToldByPieces(photographs=80, told={"edge": values, "anywhere": values}, shown=[10] * 8)
    return tiny.recorded(PiecesUnit(told={half: one}), of="changes", items=[half])


@pytest.fixture
def context(tmp_path: Path):
    def make(count: int):
        return photo_run.context(tmp_path / "run", None, f"parts.classes={count}", classes=8)

    return make


def test_all_where_they_are_few_enough_and_none_where_it_is_off(context) -> None:
    assert chosen_classes(context(8), []) == tuple(range(8))
    assert chosen_classes(replace(context(8), classes=(2, 5)), [told(1, 2)]) == (2, 5)
    assert chosen_classes(context(0), [told(6, 3)]) == ()


def test_those_that_pieces_tell_best_by_the_first_half_only(context) -> None:
    assert chosen_classes(context(1), [told(6, 3)]) == (6,)
    assert {3, 6} <= set(chosen_classes(context(3), [told(6, 3)]))
    # Suspicion comes from the first half: the second is to judge it.
    assert chosen_classes(context(1), [told(6, 3), told(2, 4, half=1)]) == (6,)
    assert chosen_classes(context(1), [told(2, 4, half=1)]) != (2,)


def test_suspects_of_probes_have_half_the_places(context, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def leading(given, records, count):
        asked.append(count)
        return (1, 7)[:count]

    monkeypatch.setattr(chosen, "leading_classes", leading)
    found = chosen_classes(context(4), [told(6, 3)])
    assert asked == [2]
    assert len(found) == 4
    assert {1, 7, 6} <= set(found)
    assert found == tuple(sorted(found))


def test_without_anything_known_they_are_spread_and_classes_not_audited_are_left_out(context) -> None:
    assert chosen_classes(context(4), []) == (0, 2, 4, 6)
    audited = replace(context(2), classes=(0, 1, 2, 3))
    assert 6 not in chosen_classes(audited, [told(6, 3)])
    assert 3 in chosen_classes(audited, [told(6, 3)])
