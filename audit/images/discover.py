"""Which files below a folder are pictures, and how many others there are."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.files import hidden
from audit.images.safe_open import UnusableError, opened

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""File name endings taken for pictures; a file of any other ending is one by its first bytes."""
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
"""Those of JPEG (such as .jfif), PNG, GIF and TIFF; WebP is told by two words. The rest is too short."""
TEXTS = frozenset(
    {".cfg", ".csv", ".html", ".ini", ".json", ".log", ".md", ".py", ".rst", ".toml", ".tsv", ".txt", ".xml"}
    | {".yaml", ".yml"}
)
"""Notes and lists beside pictures, which nobody takes for photographs: not counted."""
OTHER = "of a kind that is not read"


@dataclass(frozen=True)
class Found:
    """What lies below a folder."""

    pictures: list[Path]
    """In a fixed order."""
    others: dict[str, int]
    """Reason in words → files that are not read, by ending; texts left out."""


def find(folder: Path) -> list[Path]:
    """All pictures under `folder`, hidden ones left out, in a fixed order; see `survey`."""
    return survey(folder).pictures


def survey(folder: Path) -> Found:
    """All pictures under `folder` by file name ending or first bytes, and a count of the other files.

    Hidden files are left out. Links to folders are followed; each folder is entered once, so that links in a
    circle end. What cannot be listed is left out.
    """
    pictures, others = sort_out(folder)
    return Found(pictures, dict(Counter(others.values()).most_common()))


def sort_out(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """As `survey`, but for each of the other files its path and the reason in words."""
    pictures: list[Path] = []
    others: dict[Path, str] = {}
    for path in _files(folder, set()):
        if path.suffix.lower() in SUFFIXES or _is_picture(path):
            pictures.append(path)
        elif path.suffix.lower() not in TEXTS:
            others[path] = f"{OTHER} ({_ending(path)})"
    pictures.sort(key=lambda path: path.relative_to(folder).as_posix())
    return pictures, others


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    # It is shown: short and plain, or not at all.
    return ending if ending[1:].isalnum() and ending.isascii() and len(ending) <= 8 else "another ending"


def _is_picture(path: Path) -> bool:
    try:
        with opened(path) as file:
            start = file.read(12)
    except (OSError, UnusableError):
        return False
    return start.startswith(STARTS) or (start[:4] == b"RIFF" and start[8:] == b"WEBP")


def _files(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
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
        if hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _files(path, entered)
        elif entry.is_file():
            yield path
