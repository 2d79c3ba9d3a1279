"""The limits of checks as numbers: the check's default unless something changes it, within its bounds."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from audit.config import near
from audit.errors import ConfigError
from audit.records import CheckMeta, Limit
from audit.text import nearest


class Limits(Mapping[str, float]):
    """What checks judge by, read like attributes: `limits.overlap_share`."""

    def __init__(self, metas: Iterable[CheckMeta], changes: Mapping[str, object] | None = None) -> None:
        """The limits that `metas` declare, changed by `changes`; raises ConfigError like `changed`."""
        declared = {limit.name: limit for meta in metas for limit in meta.limits}
        defaults = {name: limit.default for name, limit in declared.items()}
        self._values = {**defaults, **changed(declared, changes or {}, where="[checks]", start="")}

    def __getattr__(self, name: str) -> float:
        """The limit of this name."""
        values: dict[str, float] = self.__dict__.get("_values", {})
        if name not in values:
            hint = nearest(name, values) or "limits stand in a check's META"
            raise AttributeError(f"no check declares the limit {name!r}; {hint}")
        return values[name]

    def __getitem__(self, name: str) -> float:
        """The same by its name."""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of the checks."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._values)


def changed(
    declared: Mapping[str, Limit], changes: Mapping[str, object], *, where: str, start: str, more: str = ""
) -> dict[str, float]:
    """The changes as numbers.

    `start` stands before each name in messages ("checks."), `more` at the end of what is known.
    Raises ConfigError: no such limit, with the nearest, or a value that is no number within the bounds.
    """
    found: dict[str, float] = {}
    for name, value in changes.items():
        if name not in declared:
            hint = near(start + name, [start + one for one in declared])
            raise ConfigError(
                f"unknown limit {start + name!r}",
                where=where,
                fix=f"known are {', '.join(declared)}{more}{hint}",
            )
        try:
            found[name] = _number(declared[name]).validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigError(
                f"{start}{name}: {first['msg']}, got {value!r}",
                where=where,
                fix=f"{start}{name} = {declared[name].default}, for example",
            ) from error
    return found


def _number(limit: Limit) -> TypeAdapter[float]:
    bounds = {key: getattr(limit, key) for key in ("ge", "gt", "le", "lt")}
    given = {key: bound for key, bound in bounds.items() if bound is not None}
    return TypeAdapter(Annotated[float, Field(strict=True, allow_inf_nan=False, **given)])
