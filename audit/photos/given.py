"""The folder of photographs as it was given: is it there? Without torch."""

import os
from pathlib import Path

from audit.errors import ImageError
from audit.text import readable


def require_folder(folder: Path, flag: str = "--images") -> None:
    """ImageError where there is no such folder; `flag` is what gave it."""
    # Of os, whose answer to a name that is too long is no exception.
    if not os.path.isdir(folder):
        got = "a file" if os.path.exists(folder) else "nothing there"
        raise ImageError(
            f"expected a folder of photographs, got {got}", where=readable(folder), fix=f"check {flag}"
        )
