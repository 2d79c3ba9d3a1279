"""The folder of photographs as it was given: is it there, and how its paths are written. Without torch."""

import os
from pathlib import Path

from audit.errors import ImageError


def require_folder(folder: Path) -> None:
    """ImageError where there is no such folder."""
    # Of os, whose answer to a name that is too long is no exception.
    if not os.path.isdir(folder):
        got = "a file" if os.path.exists(folder) else "nothing there"
        raise ImageError(
            f"expected a folder of photographs, got {got}", where=readable(folder), fix="check --images"
        )


def readable(path: Path | str) -> str:
    """A path as text that can be written as UTF-8, with forward slashes; other bytes become `\\\\xNN`."""
    text = path.as_posix() if isinstance(path, Path) else path
    return os.fsencode(text).decode("utf-8", "backslashreplace")
