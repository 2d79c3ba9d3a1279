"""Files that appear whole or not at all, and names that nobody means."""

import os
from contextlib import suppress
from pathlib import Path

from audit.errors import OutputError

TEMPORARY = ".tmp-"
"""Prefix of a file that is being written; one that is found later was left by a process that died."""
LEFTOVERS = frozenset({"__MACOSX", "__pycache__", "@eaDir"})
"""Folders that archives, Python and network drives leave behind."""


def hidden(name: str) -> bool:
    """Whether a file or a folder of this name is none of the user's: begins with a dot, or a leftover."""
    return name.startswith(".") or name in LEFTOVERS


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, making its folder, under a temporary name that is then renamed.

    Raises:
        OutputError: the file cannot be written; what stood there before still does.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):  # the first error is the one to report
            temporary.unlink()
        raise OutputError(
            f"cannot write ({error.strerror})",
            where=str(path),
            fix="free some space or give another --out",
        ) from error
