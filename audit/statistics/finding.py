"""Which files below a folder are pictures."""

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""File name endings taken for pictures."""


def find(folder: Path) -> list[Path]:
    """All pictures under `folder`, by file name ending, hidden ones left out, in a fixed order.

    Links to folders are followed; each folder is entered once, so that links in a circle end. What cannot
    be listed is left out.
    """
    return sorted(_pictures(folder, set()), key=lambda path: path.relative_to(folder).as_posix())


def _pictures(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        # Links last: a folder is entered by its own name rather than by a link beside it.
        inside = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError:
        return
    place = (status.st_dev, status.st_ino)
    if place in entered:
        return
    entered.add(place)
    for entry in inside:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _pictures(path, entered)
        elif path.suffix.lower() in SUFFIXES and entry.is_file():
            yield path
