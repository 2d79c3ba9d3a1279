"""Things that can be added from outside."""

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.errors import ConfigError
from audit.registry import Registry, broken_plugins, modules


@dataclass(frozen=True)
class Thing:
    name: str
    size: int = 0


def named(thing: Thing) -> str:
    return thing.name


def registry() -> Registry[Thing]:
    return Registry("audit.things", named, lambda: [Thing("b"), Thing("a")])


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Entry points with these names and answers; an exception is raised."""

    class Point:
        def __init__(self, name: str, answer: object) -> None:
            self.name, self._answer = name, answer

        def load(self) -> object:
            if isinstance(self._answer, Exception):
                raise self._answer
            return self._answer

    def offer(**answers: object) -> None:
        def found(group: str) -> Iterator[Point]:
            assert group == "audit.things"
            return iter([Point(name, answer) for name, answer in answers.items()])

        monkeypatch.setattr(importlib.metadata, "entry_points", found)

    return offer


def test_shipped_things_come_first_and_keep_their_order() -> None:
    things = registry()
    extra = things.register(Thing("0"))
    assert things.names() == ["b", "a", "0"]
    assert things["0"] is extra
    assert "0" in things
    assert len(things) == 3
    things.unregister("0")
    assert [thing.name for thing in things] == ["b", "a"]


def test_what_is_registered_late_is_there_too() -> None:
    things = registry()
    assert len(things) == 2
    things.register(Thing("late"))
    assert things.names() == ["b", "a", "late"]


def test_an_unknown_name_names_the_nearest() -> None:
    things = Registry("audit.things", named, lambda: [Thing("class-overlap")])
    with pytest.raises(ConfigError, match="did you mean class-overlap"):
        things["class-overlaps"]


def test_two_of_one_name_are_an_error() -> None:
    things = registry()
    things.register(Thing("a", 1))
    with pytest.raises(ConfigError, match="'a' is there already"):
        things.names()
    things = registry()
    assert len(things) == 2
    with pytest.raises(ConfigError, match="'a' is there already"):
        things.register(Thing("a", 1))


def test_entry_points_add_one_or_several(points: Callable[..., None]) -> None:
    points(one=Thing("c"), more=[Thing("d"), Thing("e")])
    assert registry().names() == ["b", "a", "c", "d", "e"]


def test_a_broken_entry_point_is_named_and_stops_nothing(points: Callable[..., None]) -> None:
    points(bad=ImportError("no module\nnamed x"), twice=Thing("a", 2), good=Thing("c"))
    things = registry()
    assert things.names() == ["b", "a", "c"]
    assert things.broken["bad"] == "ImportError: no module named x"
    assert "'a' is there already" in things.broken["twice"]
    assert list(things.broken) == ["bad", "twice"]


def test_what_breaks_while_it_is_used_is_listed_with_its_group_and_its_first_reason() -> None:
    things = registry()
    things.register(Thing("late"))
    assert (things.shipped("a"), things.shipped("late"), things.shipped("none")) == (True, False, False)
    things.blame("late", RuntimeError("first"))
    things.blame("late", RuntimeError("second"))
    assert things.broken == {"late": "RuntimeError: first"}
    assert ("audit.things", "late", "RuntimeError: first") in broken_plugins()
    assert "late" in things


def test_modules_of_a_package_are_found_in_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "found_there"
    folder.mkdir()
    for name, text in {"__init__": "", "_hidden": "1/0", "b": "", "a": "", "z": "PLACE = 10"}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert [module.__name__ for module in modules("found_there")] == [f"found_there.{n}" for n in "zab"]
