"""What can be added from outside: named things of one kind, shipped ones first, then those of entry points.

A package that ships a check, a stage, a loader, an attack, a statistic or a writer names it in its metadata
under the group `audit.checks`, `audit.stages` and so on, by itself or in a list; a script calls `register`.
"""

import importlib.metadata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from audit.errors import ConfigError
from audit.text import nearest, one_line

T = TypeVar("T")


class Registry(Generic[T]):
    """The things of one kind by name; nothing is loaded before the first of them is asked for."""

    def __init__(self, group: str, name: Callable[[T], str], shipped: Callable[[], Iterable[T]]) -> None:
        """`group` of entry points; `name` of a thing; `shipped` gives those of this package."""
        self.group = group
        self._name, self._shipped = name, shipped
        self._things: dict[str, T] = {}
        self._added: dict[str, T] = {}
        self._loaded = False
        self._broken: dict[str, str] = {}

    def register(self, thing: T) -> T:
        """Add a thing, and give it back; ConfigError where another one has its name."""
        name = self._name(thing)
        if self._loaded and self._things.get(name, thing) is not thing:
            raise ConfigError(f"{self.group}: {name!r} is there already", fix="give it another name")
        self._added[name] = thing
        if self._loaded:
            self._things[name] = thing
        return thing

    def unregister(self, name: str) -> None:
        """Take away what `register` added; nothing happens where it is not there."""
        thing = self._added.pop(name, None)
        if thing is not None and self._things.get(name) is thing:
            del self._things[name]

    @property
    def broken(self) -> dict[str, str]:
        """Entry point → why it could not be loaded, on one line. What is broken is left out of all else."""
        self._load()
        return dict(self._broken)

    def names(self) -> list[str]:
        """All names, in order."""
        return list(self._load())

    def __getitem__(self, name: str) -> T:
        """The thing of this name; ConfigError with the nearest where there is none."""
        things = self._load()
        if name not in things:
            fix = nearest(name, things) or f"use one of {', '.join(things)}"
            raise ConfigError(f"{self.group}: unknown name {name!r}", fix=fix)
        return things[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a thing of this name."""
        return name in self._load()

    def __iter__(self) -> Iterator[T]:
        """All things, shipped ones first."""
        return iter(list(self._load().values()))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._load())

    def _load(self) -> dict[str, T]:
        if not self._loaded:
            self._loaded = True
            for thing in self._shipped():
                self._add(thing)
            for point in importlib.metadata.entry_points(group=self.group):
                # Foreign code: whatever it raises is said of it, and stops nothing else.
                try:
                    named: Any = point.load()
                    for thing in named if isinstance(named, list | tuple) else [named]:
                        self._add(thing)
                except Exception as error:
                    self._broken[point.name] = one_line(error)
            for thing in list(self._added.values()):
                self._add(thing)
        return self._things

    def _add(self, thing: T) -> None:
        name = self._name(thing)
        if self._things.get(name, thing) is not thing:
            raise ConfigError(f"{self.group}: {name!r} is there already", fix="give it another name")
        self._things[name] = thing
