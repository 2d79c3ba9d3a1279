"""All statistics by id, and the one function that measures them."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from torch import Tensor

from audit.errors import ConfigError
from audit.image_stats.statistic import Family, Statistic
from audit.registry import Registry, modules

CHUNK_PIXELS = 16 * 224 * 224
"""Pixels measured at once; float64 intermediates then stay near 200 MB."""
_PACKAGE = "audit.image_stats.families"


def _shipped() -> list[Family]:
    return [cast(Family, module) for module in modules(_PACKAGE)]


def family_name(family: Family) -> str:
    """The module's name; ConfigError where it is no family, or measures what another one does."""
    given: Any = getattr(family, "STATISTICS", None)
    if not (
        isinstance(given, tuple)
        and all(isinstance(s, Statistic) for s in cast(tuple[Any, ...], given))
        and callable(getattr(family, "measure", None))
    ):
        raise ConfigError(
            "expected STATISTICS, a tuple of Statistic, and a function measure",
            where=str(getattr(family, "__name__", family)),
            fix="write both, as audit/image_stats/families/tone.py does",
        )
    return family.__name__.removeprefix(f"{_PACKAGE}.")


FAMILIES: Registry[Family] = Registry("audit.statistics", family_name, _shipped)
"""Every module in `families`, and every one that an entry point of the group `audit.statistics` names."""


class _Statistics(Mapping[str, Statistic]):
    """Statistic id → its meaning, in the order in which they are shown; asked of the families each time."""

    def _all(self) -> dict[str, Statistic]:
        return {statistic.id: statistic for _, own in _owned() for statistic in own}

    def __getitem__(self, id: str) -> Statistic:
        return self._all()[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


STATISTICS: Mapping[str, Statistic] = _Statistics()


def _owned() -> list[tuple[Family, list[Statistic]]]:
    """Each family with what it is the first to measure: an id that another one has already is not its own."""
    taken: set[str] = set()
    found: list[tuple[Family, list[Statistic]]] = []
    for family in FAMILIES:
        own = [statistic for statistic in family.STATISTICS if statistic.id not in taken]
        if len(own) < len(family.STATISTICS):
            twice = ", ".join(s.id for s in family.STATISTICS if s.id in taken)
            FAMILIES.blame(family_name(family), ConfigError(f"another family measures {twice} already"))
        taken |= {statistic.id for statistic in own}
        found.append((family, own))
    return found


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Every statistic of images float32 [n, c, h, w] in [0, 1], already rounded to 8 bits.

    Returns statistic id → float64 [n], NaN where undefined, and where a family from outside raised or gave
    something else, which `FAMILIES.broken` then says. A picture's numbers do not depend on what else is in
    the batch beyond rounding errors.

    Raises:
        ValueError: not four dimensions, or a side under 8 px.
    """
    if images.ndim != 4 or min(images.shape[-2:]) < 8:
        raise ValueError(f"expected images [n, c, h, w] of at least 8 x 8 px, got {tuple(images.shape)}")
    step = max(1, CHUNK_PIXELS // (images.shape[-2] * images.shape[-1]))
    parts: dict[str, list[np.ndarray]] = {id: [] for id in STATISTICS}
    for start in range(0, len(images), step):
        chunk = images[start : start + step].detach().cpu()
        for family, own in _owned():
            for id, values in _measured(family, own, chunk).items():
                parts[id].append(values)
    return {id: np.concatenate(part) if part else np.empty(0) for id, part in parts.items()}


def _measured(family: Family, own: list[Statistic], images: Tensor) -> dict[str, np.ndarray]:
    try:
        # A copy: what one family does to it reaches no other.
        given = family.measure(images.clone())
        values = {s.id: np.asarray(given[s.id], dtype=np.float64) for s in own}
        if wrong := [id for id, value in values.items() if value.shape != (len(images),)]:
            raise ValueError(f"expected one number per image for {', '.join(wrong)}")
        return values
    except Exception as error:
        if FAMILIES.shipped(family_name(family)):
            raise
        FAMILIES.blame(family_name(family), error)
        return {s.id: np.full(len(images), np.nan) for s in own}
