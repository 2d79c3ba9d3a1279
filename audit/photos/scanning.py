"""A folder of photographs: which files are there, and of which class each is."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from audit.errors import ImageError
from audit.photos.photoset import Entry, PhotoSet
from audit.results import ClassLabel
from audit.statistics import Baseline
from audit.statistics.decode import find


def scan(
    folder: Path, classes: Sequence[ClassLabel], *, limit: int, seed: int, baseline: Baseline | None
) -> PhotoSet:
    """All photographs of `folder`: one subfolder per class (its id, name or full label), or flat.

    Raises:
        ImageError: no such folder, no pictures in it, or no subfolder that is a class.
    """
    if not folder.is_dir():
        raise ImageError("expected a folder of photographs", where=str(folder), fix="check --images")
    paths = find(folder)
    if not paths:
        raise ImageError("no pictures found", where=str(folder), fix="give .jpg, .png, .webp or .tif files")
    by_name = {name.casefold(): c.index for c in reversed(classes) for name in (c.full, c.name, c.id)}
    flat = all(path.parent == folder for path in paths)
    labelled: list[tuple[Path, int | None]] = []
    unknown: dict[str, int] = {}
    for path in paths:
        top = path.relative_to(folder).parts[0]
        label = None if flat else by_name.get(top.casefold())
        if label is None and not flat:
            unknown[top] = unknown.get(top, 0) + 1
        else:
            labelled.append((path, label))
    if not labelled:
        raise ImageError(
            f"no subfolder is a class of the network, for example {next(iter(unknown))!r}",
            where=str(folder),
            fix="name subfolders by class id or name, or give a class list with --classes",
        )
    kept = sorted(random.Random(seed).sample(labelled, limit)) if len(labelled) > limit else labelled
    entries: list[Entry] = []
    for index, (path, label) in enumerate(kept):
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        known = baseline is not None and baseline.contains(sha256)
        name = path.relative_to(folder).as_posix()
        entries.append(Entry(index, path, name, label, sha256, known))
    skipped = {"in a folder that is no class": sum(unknown.values())} if unknown else {}
    notes = (f"no class is called {', '.join(sorted(unknown)[:5])}",) if unknown else ()
    kind = "own answers" if flat else "labelled"
    return PhotoSet(str(folder), kind, len(paths), tuple(entries), skipped, notes)
