"""What a release must fulfil, as a TOML file: levels and limits of checks, and waivers that end."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic import ValidationError

from audit.checks import CHECKS
from audit.config import ChecksConfig, near, preset_path, read_toml
from audit.errors import ConfigError

Level = Literal["off", "warn", "error"]
Unsettled = Literal["warn", "error"]

SHIPPED = ("release",)
"""Policies that stand in `configs/` and are named without a path."""


@dataclass(frozen=True)
class Waiver:
    """What is known about a class and accepted, by whom, why and until when."""

    check: str
    label: str
    """Id or name of the class, as written in the file. Untrusted text."""
    reason: str
    owner: str
    expires: datetime.date
    """Last day on which it counts."""


@dataclass(frozen=True)
class Policy:
    """A policy whose every key, check and limit is known."""

    name: str
    """`release`, or the path of the file."""
    checks: Mapping[str, Level] = field(default_factory=dict[str, Level])
    """Check id → level; a check that is not named keeps its own."""
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    """Keys of `ChecksConfig` → value; those not named stay as the run had them."""
    unsettled: Unsettled = "warn"
    """What it means that a check at level "error" could not decide."""
    waivers: tuple[Waiver, ...] = ()

    def level(self, check: str, own: Literal["warn", "error"]) -> Level:
        """The level of a check whose own level is `own`."""
        return self.checks.get(check, own)


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
    settings = _table("policy", values, where)
    _known("key", settings, ("unsettled",), f"{where}, [policy]")
    unsettled = settings.get("unsettled", Policy.unsettled)
    if unsettled not in get_args(Unsettled):
        raise ConfigError(
            f"expected unsettled as {_either(get_args(Unsettled))}, got {unsettled!r}",
            where=f"{where}, [policy]",
            fix='unsettled = "warn"',
        )
    return Policy(
        name=name,
        checks=_levels(_table("checks", values, where), f"{where}, [checks]"),
        limits=_limits(_table("limits", values, where), f"{where}, [limits]"),
        unsettled=cast(Unsettled, unsettled),
        waivers=_waivers(values.get("waivers", []), where),
    )


def _levels(values: Mapping[str, Any], where: str) -> dict[str, Level]:
    _known("check", values, CHECKS, where)
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
    _known("limit", values, ChecksConfig.model_fields, where)
    try:
        checked = ChecksConfig.model_validate(dict(values), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{key}: {first['msg']}, got {first['input']!r}",
            where=where,
            fix=f"{key} = {ChecksConfig.model_fields[key].default}, for example",
        ) from error
    return {key: getattr(checked, key) for key in values}


def _waivers(entries: object, where: str) -> tuple[Waiver, ...]:
    tables = cast(list[object], entries) if isinstance(entries, list) else [entries]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in tables):
        raise ConfigError("expected waivers as tables", where=where, fix="write [[waivers]] above each")
    return tuple(
        _waiver(cast(dict[str, Any], entry), f"{where}, waiver {number}")
        for number, entry in enumerate(tables, 1)
    )


def _waiver(entry: Mapping[str, Any], where: str) -> Waiver:
    texts = ("check", "class", "reason", "owner")
    _known("key", entry, (*texts, "expires"), where)
    for key in texts:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            got = f"got {value!r}" if key in entry else "which is missing"
            raise ConfigError(f"expected {key} as text, {got}", where=where, fix=f'add {key} = "..."')
    _known("check", [entry["check"]], CHECKS, where)
    expires = entry.get("expires")
    # A date with a time is a date to Python as well.
    if not isinstance(expires, datetime.date) or isinstance(expires, datetime.datetime):
        got = f"got {str(expires)!r}" if "expires" in entry else "which is missing"
        raise ConfigError(
            f"expected expires as a date, {got}", where=where, fix="add expires = 2027-01-31, without quotes"
        )
    return Waiver(entry["check"], entry["class"], entry["reason"], entry["owner"], expires)


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
