"""Which classes are audited: `--only` in words."""

import re
from collections.abc import Sequence

from audit.errors import ConfigError
from audit.records import ClassLabel
from audit.text import near

EXAMPLE = "for example --only 0,5,20:30 or --only ::10 (every tenth) or --only dumbbell"


def select(only: Sequence[str], classes: Sequence[ClassLabel]) -> tuple[int, ...]:
    """Indices of the chosen classes, ascending; all classes when `only` is empty.

    Each text is an index, a slice `start:stop:step` of indices, an id, or a name (case ignored), or several
    of them with commas between.

    Raises:
        ConfigError: nothing fits; names the nearest class.
    """
    if not only:
        return tuple(range(len(classes)))
    chosen: set[int] = set()
    for text in only:
        whole = named(text, classes)
        parts = [whole] if whole else [_part(p.strip(), classes) for p in text.split(",") if p.strip()]
        for part in parts:
            chosen.update(part)
    if not chosen:
        raise ConfigError(f"no class chosen by {', '.join(only)!r}", where="--only", fix=EXAMPLE)
    return tuple(sorted(chosen))


def _part(text: str, classes: Sequence[ClassLabel]) -> list[int]:
    found = meant(text, classes)
    if found:
        return found
    if re.fullmatch(r"\d{1,9}", text):
        raise ConfigError(
            f"class {text} does not exist", where="--only", fix=f"choose from 0 to {len(classes) - 1}"
        )
    bounds = text.split(":")
    if 2 <= len(bounds) <= 3 and all(re.fullmatch(r"(-?\d{1,9})?", b) for b in bounds):
        step = bounds[2] if len(bounds) == 3 else ""
        if step and int(step) == 0:
            raise ConfigError(f"step 0 in {text!r}", where="--only", fix=EXAMPLE)
        return list(range(len(classes)))[slice(*(int(b) if b else None for b in bounds))]
    names = [label.name for label in classes] + [label.id for label in classes]
    hint = near(text, names, cutoff=0.6) or f"; {EXAMPLE}"
    raise ConfigError(
        f"no class is called {text!r}", where="--only", fix=f"give an index, id or name of a class{hint}"
    )


def meant(text: str, classes: Sequence[ClassLabel]) -> list[int]:
    """Indices of classes with this id, name or full label, else the class with this index; empty for none."""
    found = named(text, classes)
    if not found and re.fullmatch(r"\d{1,9}", text) and int(text) < len(classes):
        return [int(text)]
    return found


def named(text: str, classes: Sequence[ClassLabel]) -> list[int]:
    """Indices of classes with this id, name or full label. A name wins over an index: it may be a number."""
    by_id = [label.index for label in classes if label.id == text]
    low = text.casefold()
    return by_id or [c.index for c in classes if low in (c.name.casefold(), c.full.casefold())]
