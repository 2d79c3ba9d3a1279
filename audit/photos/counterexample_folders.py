"""Counterexamples of a class: photographs of the object without a part, or of the part without the object."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.errors import ImageError
from audit.images.discover import sort_out
from audit.images.safe_open import UNREADABLE
from audit.photos.class_folders import folded
from audit.photos.counterexamples_given import FLAG
from audit.photos.given import require_folder
from audit.photos.photoset import Entry, PhotoSet, spread
from audit.photos.scanning import entries_of
from audit.records.counterexamples import KINDS, CounterexampleKind
from audit.text import few, quoted, readable

SAME = "the same file as another one"
"""Counted once: a copy is no second photograph, and would make the interval too narrow."""
BEYOND = "beyond the limit (photographs.limit)"
FIX = "put the object without the part into the folder itself or `object`, the part without it into `part`"


@dataclass(frozen=True)
class Counterexamples:
    """Those of one class."""

    class_index: int
    photos: Mapping[CounterexampleKind, PhotoSet]
    """Of the kinds that were given. Their entries have no label."""


def scan_counterexamples(folder: Path, class_index: int, *, limit: int, seed: int) -> Counterexamples:
    """Photographs in `folder` itself and in its subfolder `object` are the object without the part, those in
    its subfolder `part` the part without the object. Beyond `limit` of a kind the seed draws.

    Raises:
        ImageError: no such folder, no picture in it or in one of the two, or pictures in another subfolder.
    """
    require_folder(folder, FLAG)
    pictures, others = sort_out(folder)
    _require_known(folder, [*pictures, *others])
    sets: dict[CounterexampleKind, PhotoSet] = {}
    for kind in KINDS:
        own = [path for path in pictures if _kind(folder, path) == kind]
        unread = Counter(reason for path, reason in others.items() if _kind(folder, path) == kind)
        if own:
            sets[kind] = _photos(folder, own, unread, limit, seed)
        elif unread or kind in _subfolders(folder):
            raise _no_picture(folder, kind, unread)
    if not sets:
        raise _no_picture(folder, "object", Counter())
    return Counterexamples(class_index, sets)


def _photos(folder: Path, own: Sequence[Path], unread: Counter[str], limit: int, seed: int) -> PhotoSet:
    kept = spread([None] * len(own), limit, seed)
    hashed = entries_of(folder, [(own[place], None) for place in kept])
    first: dict[str, Entry] = {}
    for entry in hashed:
        first.setdefault(entry.sha256, entry)
    entries = tuple(replace(entry, index=index) for index, entry in enumerate(first.values()))
    left_out = {
        **unread,
        BEYOND: len(own) - len(kept),
        UNREADABLE: len(kept) - len(hashed),
        SAME: len(hashed) - len(entries),
    }
    skipped = {reason: count for reason, count in left_out.items() if count}
    return PhotoSet(readable(folder), "own answers", len(own) + unread.total(), entries, skipped, ())


def _kind(folder: Path, path: Path) -> CounterexampleKind | None:
    """None in a subfolder of another name."""
    parts = path.relative_to(folder).parts
    if len(parts) == 1:
        return "object"
    return next((kind for kind in KINDS if folded(parts[0]) == kind), None)


def _subfolders(folder: Path) -> set[str]:
    try:
        return {folded(entry.name) for entry in os.scandir(folder) if entry.is_dir()}
    except OSError:
        return set()


def _require_known(folder: Path, paths: Iterable[Path]) -> None:
    """A subfolder of another name is an error: its photographs would be missing, and nobody would know."""
    strange = {path.relative_to(folder).parts[0] for path in paths if _kind(folder, path) is None}
    if strange:
        shown = few([quoted(readable(name)) for name in sorted(strange)], 3)
        raise ImageError(
            f"expected no subfolders but `object` and `part`, got {shown}", where=readable(folder), fix=FIX
        )


def _no_picture(folder: Path, kind: CounterexampleKind, unread: Counter[str]) -> ImageError:
    got = ", ".join(f"{count} {reason}" for reason, count in unread.items())
    what = "the object without the part" if kind == "object" else "the part without the object, in `part`"
    return ImageError(
        f"expected photographs of {what}, got no picture{f' but {got}' if got else ''}",
        where=readable(folder),
        fix=f"give .jpg, .png, .webp or .tif files with {FLAG}: {FIX}",
    )
