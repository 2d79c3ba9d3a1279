"""What a release must fulfil, as a TOML file: levels and limits of checks, what must be decided, waivers."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from audit.checks import CHECKS, effective, not_loaded
from audit.config import preset_path, read_toml
from audit.errors import ConfigError
from audit.text import near

Level = Literal["off", "warn", "error"]

SHIPPED = ("release",)
"""Policies that stand in `configs/` and are named without a path."""


@dataclass(frozen=True)
class Waiver:
    """What is known about a class and accepted, by whom, why and until when."""

    check: str
    labels: tuple[str, ...]
    """Ids or names of the class, or of both classes of a pair, as written in the file; empty where a
    fingerprint names the finding. Untrusted text."""
    reason: str
    owner: str
    expires: datetime.date
    """Last day on which it counts."""
    fingerprint: str | None = None


@dataclass(frozen=True)
class Policy:
    """A policy whose every key, check and limit is known."""

    name: str
    """`release`, or the path of the file."""
    checks: Mapping[str, Level] = field(default_factory=dict[str, Level])
    """Check id → level; a check that is not named keeps its own."""
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    """Limit of a check → value; those not named stay as the run had them."""
    coverage: float = 1.0
    """Share of the network's classes that must have been audited."""
    require: tuple[str, ...] | None = None
    """Ids of the checks that must decide; None: all at level "error" that do more than rank."""
    waivers: tuple[Waiver, ...] = ()

    def level(self, check: str, own: Literal["warn", "error"]) -> Level:
        """The level of a check whose own level is `own`."""
        return self.checks.get(check, own)

    def required(self) -> tuple[str, ...]:
        """Ids of the checks that must decide, in the order of the report."""
        if self.require is not None:
            return tuple(check for check in _ids() if check in self.require)
        metas = [check.META for check in CHECKS if not check.META.ranking]
        return tuple(meta.id for meta in metas if self.level(meta.id, meta.level) == "error")


def read_policy(name: str | Path = SHIPPED[0]) -> Policy:
    """The policy of this name or in this TOML file.

    Raises:
        ConfigError: no such policy or file; an unknown section, check, level, limit or key, with the nearest
            name and the list of those known; a waiver without reason, owner or end.
    """
    text = str(name)
    path = preset_path(text) if text in SHIPPED else Path(text)
    if path.suffix != ".toml":
        raise ConfigError(
            f"unknown policy {text!r}",
            where="policy",
            fix=f"use {', '.join(SHIPPED)} or a .toml file{near(text, SHIPPED)}",
        )
    return policy_of(read_toml(path, "policy"), text)


def policy_of(values: Mapping[str, Any], name: str) -> Policy:
    """The policy in `values`; raises ConfigError like `read_policy`."""
    where = f"policy {name}"
    _known("section", values, ("checks", "limits", "policy", "waivers"), where)
    settings, place = _table("policy", values, where), f"{where}, [policy]"
    if "unsettled" in settings:
        raise ConfigError(
            "unsettled is no longer a key",
            where=place,
            fix="name the checks that must decide: require = [...]",
        )
    _known("key", settings, ("coverage", "require"), place)
    levels = _levels(_table("checks", values, where), f"{where}, [checks]")
    return Policy(
        name=name,
        checks=levels,
        limits=_limits(_table("limits", values, where), f"{where}, [limits]"),
        coverage=_coverage(settings.get("coverage", Policy.coverage), place),
        require=_require(settings["require"], levels, place) if "require" in settings else None,
        waivers=_waivers(values.get("waivers", []), where),
    )


def _ids() -> list[str]:
    """All checks that may be named; one that could not be loaded answers "error"."""
    return [*CHECKS.names(), *not_loaded()]


def _coverage(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ConfigError(
            f"expected coverage as a share from 0 to 1, got {value!r}", where=where, fix="coverage = 1.0"
        )
    return float(value)


def _require(value: object, levels: Mapping[str, Level], where: str) -> tuple[str, ...]:
    ids = cast(list[object], value) if isinstance(value, list) else []
    if not isinstance(value, list) or not all(isinstance(check, str) for check in ids):
        raise ConfigError(
            f"expected require as a list of checks, got {value!r}",
            where=where,
            fix='require = ["dead-class"]',
        )
    named = [str(check) for check in ids]
    _known("check", named, _ids(), where)
    for check in named:
        if check in CHECKS and CHECKS[check].META.ranking:
            raise ConfigError(f"{check} only ranks and decides nothing", where=where, fix="do not require it")
        if levels.get(check) == "off":
            raise ConfigError(f"{check} is required and off", where=where, fix=f'{check} = "warn" or "error"')
    return tuple(named)


def _levels(values: Mapping[str, Any], where: str) -> dict[str, Level]:
    _known("check", values, _ids(), where)
    for check, level in values.items():
        if level not in get_args(Level):
            hint = near(level, get_args(Level)) if isinstance(level, str) else ""
            raise ConfigError(
                f"expected a level for {check}: {_either(get_args(Level))}, got {level!r}",
                where=where,
                fix=f'{check} = "error"{hint}',
            )
    return dict(values)


def _limits(values: Mapping[str, Any], where: str) -> dict[str, float]:
    limits = effective(values, where=where, start="")
    return {name: limits[name] for name in values}


def _waivers(entries: object, where: str) -> tuple[Waiver, ...]:
    tables = cast(list[object], entries) if isinstance(entries, list) else [entries]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in tables):
        raise ConfigError("expected waivers as tables", where=where, fix="write [[waivers]] above each")
    return tuple(
        _waiver(cast(dict[str, Any], entry), f"{where}, waiver {number}")
        for number, entry in enumerate(tables, 1)
    )


def _waiver(entry: Mapping[str, Any], where: str) -> Waiver:
    texts = ("check", "reason", "owner")
    names = ("class", "classes", "fingerprint")
    _known("key", entry, (*texts, *names, "expires"), where)
    for key in texts:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            got = f"got {value!r}" if key in entry else "which is missing"
            raise ConfigError(f"expected {key} as text, {got}", where=where, fix=f'add {key} = "..."')
    _known("check", [entry["check"]], _ids(), where)
    expires = entry.get("expires")
    # A date with a time is a date to Python as well.
    if not isinstance(expires, datetime.date) or isinstance(expires, datetime.datetime):
        got = f"got {str(expires)!r}" if "expires" in entry else "which is missing"
        raise ConfigError(
            f"expected expires as a date, {got}", where=where, fix="add expires = 2027-01-31, without quotes"
        )
    given = [key for key in names if key in entry]
    if len(given) != 1:
        got = f"got {' and '.join(given)}" if given else "which are missing"
        raise ConfigError(
            f"expected one of {', '.join(names)}, {got}", where=where, fix='for example class = "crane"'
        )
    labels, fingerprint = _covered(given[0], entry[given[0]], where)
    return Waiver(entry["check"], labels, entry["reason"], entry["owner"], expires, fingerprint)


def _covered(key: str, value: object, where: str) -> tuple[tuple[str, ...], str | None]:
    """Labels and fingerprint of the finding that a waiver takes away."""
    texts = tuple(cast(list[object], value)) if key == "classes" and isinstance(value, list) else (value,)
    words = tuple(text for text in texts if isinstance(text, str) and text.strip())
    wanted = {
        "class": ("as text", 'class = "crane"'),
        "classes": ("as the two classes of a pair", 'classes = ["maillot", "bikini"]'),
        "fingerprint": ("as 16 hex digits, as in results.json", 'fingerprint = "0123456789abcdef"'),
    }
    fits = len(words) == len(texts) == (2 if key == "classes" else 1)
    if not fits or (key == "fingerprint" and not re.fullmatch("[0-9a-f]{16}", words[0])):
        form, fix = wanted[key]
        raise ConfigError(f"expected {key} {form}, got {value!r}", where=where, fix=fix)
    return ((), words[0]) if key == "fingerprint" else (words, None)


def _table(key: str, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    value = values.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"expected {key} as a table, got {value!r}", where=where, fix=f"write [{key}]")
    return cast(dict[str, Any], value)


def _known(what: str, given: Iterable[str], known: Iterable[str], where: str) -> None:
    names = tuple(known)
    for name in given:
        if name not in names:
            raise ConfigError(
                f"unknown {what} {name!r}",
                where=where,
                fix=f"known are {', '.join(names)}{near(name, names)}",
            )


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(f'"{word}"' for word in words)
