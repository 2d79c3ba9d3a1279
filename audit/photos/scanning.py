"""A folder of photographs: which files are there, and of which class each is."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit.errors import ImageError
from audit.image_stats import Baseline
from audit.images.discover import survey
from audit.images.safe_open import UNREADABLE, UnusableError, opened
from audit.photos.class_folders import FolderNames
from audit.photos.given import require_folder
from audit.photos.photoset import Entry, PhotoSet, spread
from audit.records import ClassLabel
from audit.text import quoted, readable

NO_CLASS = "in no folder of a class"
AMBIGUOUS = "in a folder whose name fits several classes"
SHOWN = 5
"""Folders named in a note."""


def scan(
    folder: Path, classes: Sequence[ClassLabel], *, limit: int, seed: int, baseline: Baseline | None
) -> PhotoSet:
    """All photographs of `folder`: flat, or in folders named by class (see `FolderNames`) at any depth.

    The outermost folder that is a class decides. Beyond `limit` the seed draws as many of each class as of
    any other.

    Raises:
        ImageError: no such folder, no pictures in it, or no folder that is a class.
    """
    require_folder(folder)
    found = survey(folder)
    paths = found.pictures
    if not paths:
        got = ", ".join(f"{count} {reason}" for reason, count in found.others.items())
        raise ImageError(
            f"expected a folder of photographs, got no picture in it{f' but {got}' if got else ''}",
            where=readable(folder),
            fix="give .jpg, .png, .webp or .tif files with --images",
        )
    flat = all(path.parent == folder for path in paths)
    sorted_out = _Labelled([(path, None) for path in paths]) if flat else _label(folder, paths, classes)
    usable = sorted_out.usable
    kept = [usable[i] for i in spread([label for _, label in usable], limit, seed)]
    entries = entries_of(folder, kept, baseline)
    skipped = {**sorted_out.skipped, **found.others}
    if len(entries) < len(kept):
        skipped[UNREADABLE] = len(kept) - len(entries)
    notes = list(sorted_out.notes)
    if len(kept) < len(usable):
        how = "drawn at random" if flat else "as many of each class as of any other, drawn at random"
        notes.append(f"{len(kept)} of {len(usable)} photographs used ({how}; photographs.limit)")
    kind = "own answers" if flat else "labelled"
    count = len(paths) + sum(found.others.values())
    return PhotoSet(readable(folder), kind, count, entries, skipped, tuple(notes))


def entries_of(
    folder: Path, files: Sequence[tuple[Path, int | None]], baseline: Baseline | None = None
) -> tuple[Entry, ...]:
    """The files below `folder`, each with its label, in their order; those that cannot be read are left
    out."""
    hashed = [(path, label, digest) for path, label in files if (digest := _sha256(path)) is not None]
    return tuple(
        Entry(
            index=index,
            path=path,
            name=readable(path.relative_to(folder)),
            label=label,
            sha256=digest,
            in_baseline=baseline is not None and baseline.contains(digest),
        )
        for index, (path, label, digest) in enumerate(hashed)
    )


@dataclass(frozen=True)
class _Labelled:
    usable: list[tuple[Path, int | None]]
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()


def _label(folder: Path, paths: Sequence[Path], classes: Sequence[ClassLabel]) -> _Labelled:
    names = FolderNames(classes)
    meanings: dict[str, set[int]] = {}
    usable: list[tuple[Path, int | None]] = []
    unknown, ambiguous = Counter[str](), Counter[str]()
    for path in paths:
        parents = path.relative_to(folder).parts[:-1]
        for parent in parents:
            meanings.setdefault(parent, names.meaning(parent))
        decisive = next((parent for parent in parents if meanings[parent]), None)
        if decisive is None:
            unknown["/".join(parents) or "."] += 1
        elif len(meanings[decisive]) > 1:
            ambiguous[decisive] += 1
        else:
            usable.append((path, next(iter(meanings[decisive]))))
    if not usable:
        raise _no_class(folder, names, unknown, {name: meanings[name] for name in ambiguous})
    skipped = {NO_CLASS: unknown.total(), AMBIGUOUS: ambiguous.total()}
    notes = [f"no class is called {_listed(unknown)}"] if set(unknown) - {"."} else []
    if unknown["."]:
        notes.append("photographs beside the folders of the classes have no label and are left out")
    for name in list(ambiguous)[:SHOWN]:
        ids = ", ".join(names.ids(meanings[name]))
        notes.append(
            f"{quoted(readable(name))} is the name of several classes; name the folder by its id: {ids}"
        )
    return _Labelled(usable, {reason: n for reason, n in skipped.items() if n}, tuple(notes))


def _no_class(
    folder: Path, names: FolderNames, unknown: Counter[str], ambiguous: dict[str, set[int]]
) -> ImageError:
    if ambiguous:
        name, indices = next(iter(ambiguous.items()))
        return ImageError(
            f"the folder's name {quoted(readable(name))} fits several classes",
            where=readable(folder),
            fix=f"name it by the id of its class, one of {', '.join(names.ids(indices))}",
        )
    examples = [name for name in unknown if name != "."][:3]
    near = dict.fromkeys(text for name in examples for text in names.nearest(name.rpartition("/")[2]))
    hint = f"; the nearest classes are {', '.join(near)}" if near else ""
    shown = ", ".join(quoted(readable(name)) for name in examples)
    return ImageError(
        f"expected folders named by class, got {shown}: none is a class of the network{hint}",
        where=readable(folder),
        fix="name the folders by class id or name, give the fitting class list with --classes, or give the "
        "folder that holds the pictures itself",
    )


def _listed(folders: Counter[str]) -> str:
    names = [name for name in folders if name != "."]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(quoted(readable(name)) for name in names[:SHOWN]) + more


def _sha256(path: Path) -> str | None:
    """Of the file's bytes, read piece by piece; None where it cannot be read."""
    try:
        with opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, UnusableError):
        return None
