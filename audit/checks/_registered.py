"""The checks that there are: one file each in this folder, and those added from outside."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast

from audit.checks._lacks import Lack
from audit.checks._limit_values import Limits, changed
from audit.config import Config
from audit.errors import ConfigError
from audit.records import CheckMeta, CheckResult, Limit, Results
from audit.registry import Registry
from audit.text import one_line


class Check(Protocol):
    """What every file here offers; an object with the same two will do.

    It may also offer `lacks(config, limits, photographs) -> list[Lack]`: what these settings cannot give it.
    """

    META: CheckMeta

    def evaluate(self, results: Results, limits: Limits) -> CheckResult:
        """Judge the results; pure: equal input, equal answer. `checks` and `findings` are empty yet, and what
        `META.needs` is there."""
        ...


class Checks(Registry[Check]):
    """Checks by id, gravest first: the order of the report."""

    def register(self, thing: Check) -> Check:
        """Add a check; ConfigError where another has its id, or another limit a name of its limits."""
        self._load()
        _fits(thing, self)
        return super().register(thing)

    def names(self) -> list[str]:
        """All ids, in order."""
        return [check.META.id for check in self]

    def __iter__(self) -> Iterator[Check]:
        """All checks, in order; where it is equal, those of this package come first."""
        return iter(sorted(super().__iter__(), key=lambda check: check.META.order))

    def _add(self, thing: Check) -> None:
        _fits(thing, self._things.values())
        super()._add(thing)


def _fits(check: Check, others: Iterable[Check]) -> None:
    """Several checks may read one limit; two limits of one name would be changed together."""
    declared = _declared(other for other in others if other is not check)
    for limit in check.META.limits:
        if not limit.name.isidentifier() or hasattr(Limits, limit.name):
            raise ConfigError(
                f"{check.META.id}: {limit.name!r} cannot be the name of a limit",
                fix="use a Python name, for instance toy_share",
            )
        if declared.get(limit.name, limit) != limit:
            raise ConfigError(
                f"{check.META.id}: another check has another limit {limit.name!r}", fix="give it another name"
            )


def _declared(checks: Iterable[Check]) -> dict[str, Limit]:
    return {limit.name: limit for check in checks for limit in check.META.limits}


def _shipped() -> Iterator[Check]:
    """Every public module here."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            yield cast(Check, importlib.import_module(f"audit.checks.{module.name}"))


CHECKS = Checks("audit.checks", lambda check: check.META.id, _shipped)


def not_loaded() -> dict[str, str]:
    """Id → why, for entry points that gave no check; they answer "error"."""
    return {f"{name}-plug-in" if name in CHECKS else name: why for name, why in CHECKS.broken.items()}


def effective(changes: Mapping[str, object], *, where: str = "", start: str = "checks.") -> Limits:
    """The limits of all checks, changed by `changes`.

    Raises ConfigError: no check has such a limit, with the nearest, or a value that does not fit.
    """
    broken = f"; checks not loaded: {', '.join(not_loaded())}" if not_loaded() else ""
    numbers = changed(_declared(CHECKS), changes, where=where, start=start, more=broken)
    return Limits((check.META for check in CHECKS), numbers)


def known(changes: Mapping[str, float]) -> dict[str, float]:
    """Those changes that some check here reads: a run may have been made with checks that are absent now."""
    names = _declared(CHECKS)
    return {name: value for name, value in changes.items() if name in names}


def lacks(check: str, config: Config, *, photographs: bool) -> list[Lack]:
    """What a run with these settings lacks so that the check could pass; empty where it may."""
    asked = getattr(CHECKS[check], "lacks", None) if check in CHECKS else None
    if asked is None:
        return []
    # Foreign code: what it raises is said of the check, and stops nothing else.
    try:
        return list(asked(config, effective(known(config.checks)), photographs))
    except (Exception, SystemExit) as error:
        return [Lack(f"its own question for what it lacks failed: {one_line(error)}", "")]
