"""What can be added from outside: named things of one kind, shipped ones first, then those of entry points.

A package that ships a check, a stage, a loader, an attack, a statistic or a writer names it in its metadata
under the group `audit.checks`, `audit.stages` and so on, by itself or in a list; a script calls `register`.
"""

import importlib
import importlib.metadata
import pkgutil
import weakref
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, Generic, TypeVar

from audit.errors import ConfigError
from audit.text import nearest, one_line

T = TypeVar("T")
_registries: "weakref.WeakSet[Registry[Any]]" = weakref.WeakSet()


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
        self._own: set[str] = set()
        _registries.add(self)

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

    def blame(self, name: str, error: BaseException) -> None:
        """Note that a thing from outside broke while it was used; the first reason stays."""
        self._broken.setdefault(name, one_line(error))

    def shipped(self, name: str) -> bool:
        """Whether the thing of this name is of this package, so that its errors are defects of ours."""
        self._load()
        return name in self._own

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
            self._own = set(self._things)
            for point in importlib.metadata.entry_points(group=self.group):
                # Foreign code: whatever it raises is said of it, and stops nothing else.
                try:
                    named: Any = point.load()
                    for thing in named if isinstance(named, list | tuple) else [named]:
                        self._add(thing)
                except (Exception, SystemExit) as error:
                    self._broken[point.name] = one_line(error)
            for thing in list(self._added.values()):
                self._add(thing)
        return self._things

    def _add(self, thing: T) -> None:
        name = self._name(thing)
        if self._things.get(name, thing) is not thing:
            raise ConfigError(f"{self.group}: {name!r} is there already", fix="give it another name")
        self._things[name] = thing


def broken_plugins() -> list[tuple[str, str, str]]:
    """(group, name, reason) of everything from outside that broke so far, in any registry in use."""
    return sorted((r.group, name, why) for r in _registries for name, why in r.broken.items())


def modules(package: str) -> list[ModuleType]:
    """The public modules of a package, by their `PLACE` (50 where they state none), then by name."""
    folder = importlib.import_module(package).__path__
    names = [m.name for m in pkgutil.iter_modules(folder) if not m.name.startswith("_")]
    found = [importlib.import_module(f"{package}.{name}") for name in sorted(names)]
    return sorted(found, key=lambda module: getattr(module, "PLACE", 50))
