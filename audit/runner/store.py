"""The run directory: files and records written atomically, verified before they are trusted again.

    <out>/run.json        what the folder belongs to
    <out>/units/<stage>/<key>.json
    <out>/units/<stage>/<key>.unfinished.npz   a unit in work
    <out>/images/...      lossless pictures
A record is written after its files, each under a temporary name that is then renamed. A process that dies
at any moment leaves finished units and perhaps temporary files, which the next one removes.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from audit.errors import OutputError
from audit.files import TEMPORARY, write_whole
from audit.records.record import UnitBody
from audit.records.unit_records import UnitRecord
from audit.report.writers import kept
from audit.text import unread

FIRST = (".lock", f"{TEMPORARY}run.json")
"""All that a process killed before it wrote run.json can leave."""


UNFINISHED = ".unfinished.npz"


def own() -> tuple[str, ...]:
    """What `--fresh` removes from the folder of a run, documents first; nothing else.

    A class list that fits the photographs stays: the very command that starts over may name it.
    """
    return (*kept(), "units", "images", "changes")


def leftovers() -> tuple[str, ...]:
    """Temporary files of the store and of the writers, as patterns."""
    documents = ("run.json", *kept(), "classes-that-fit.*")
    folders = ("units/*", "images/*", "changes")
    return (*(TEMPORARY + name for name in documents), *(f"{folder}/{TEMPORARY}*" for folder in folders))


class Store:
    """Reads and writes one run directory."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist yet."""
        self.folder = folder

    @contextmanager
    def locked(self) -> Generator[None]:
        """Create the folder and keep other processes out of it; the lock ends with the process.

        Raises:
            OutputError: the folder cannot be written, or another run is working in it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Neither emptied nor followed where it is a link: its content may be another file's.
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            handle = os.fdopen(os.open(self.folder / ".lock", flags, 0o666), "r+")
        except OSError as error:
            raise _unwritable(self.folder, error.strerror) from error
        with handle:
            _lock(handle.fileno(), self.folder)
            yield

    def require_free(self) -> None:
        """Raises the OutputError of `locked`, as far as it can be told without writing anything."""
        there = next(p for p in (self.folder, *self.folder.absolute().parents) if p.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise _unwritable(self.folder, os.strerror(errno.EACCES))
        with suppress(OSError), (self.folder / ".lock").open("rb") as handle:
            _lock(handle.fileno(), self.folder)

    def header(self) -> dict[str, Any] | None:
        """What the folder belongs to; None for a new folder.

        Raises:
            OutputError: the folder holds something that is no run, or is no folder.
        """
        fix = "give another one with --out FOLDER"
        try:
            header = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.folder.is_dir() and any(p.name not in FIRST for p in self.folder.iterdir()):
                raise OutputError(
                    "expected an empty folder or a run, got a folder with other files",
                    where=str(self.folder),
                    fix=fix,
                ) from None
            return None
        except (OSError, ValueError) as error:
            raise OutputError(
                f"expected a folder for the run, its run.json cannot be read ({unread(error)})",
                where=str(self.folder),
                fix=fix,
            ) from error
        if not isinstance(header, dict) or not {"version", "model"} <= header.keys():
            raise OutputError("the folder's run.json is not of this program", where=str(self.folder), fix=fix)
        return cast(dict[str, Any], header)

    def begin(self, header: Mapping[str, object], *, fresh: bool) -> None:
        """Take the folder for a run; `fresh` removes what an earlier run left."""
        try:
            for path in [self.folder / name for name in own()] if fresh else ():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            for path in [path for pattern in leftovers() for path in self.folder.glob(pattern)]:
                path.unlink()
        except OSError as error:
            raise OutputError(
                f"cannot remove what an earlier run left ({unread(error)})",
                where=str(self.folder),
                fix="give another one with --out FOLDER",
            ) from error
        self.write("run.json", json.dumps(header, indent=1).encode())

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all; `name` is relative, with forward slashes."""
        write_whole(self.folder / name, data)

    def stored(self, stage: str, body: type[UnitBody]) -> dict[str, UnitRecord]:
        """Key of an item → a finished unit of the stage that holds it; the stage's records hold a `body`."""
        names = sorted(path.stem for path in (self.folder / "units" / stage).glob("[!.]*.json"))
        records = [record for record in (self.load(stage, name, body) for name in names) if record]
        return {key: record for record in records for key in record.keys}

    def load(self, stage: str, key: str, body: type[UnitBody]) -> UnitRecord | None:
        """A finished unit whose files are still what they were; else None."""
        try:
            record = UnitRecord.read((self.folder / _unit(stage, key)).read_bytes(), body)
        except (OSError, ValidationError):
            return None
        if (record.stage, record.key) != (stage, key):
            return None
        intact = all(self._hash(name) == sha256 for name, sha256 in record.files.items())
        return record if intact else None

    def has(self, stage: str, key: str) -> bool:
        """Whether there is a record of the unit, damaged or not."""
        return (self.folder / _unit(stage, key)).is_file()

    def unfinished(self, stage: str, key: str) -> Path:
        """The file of a unit in work."""
        return self.folder / f"units/{stage}/{key}{UNFINISHED}"

    def tidy(self) -> None:
        """The run is complete: what units kept that were not finished, since others were asked for, goes."""
        for path in self.folder.glob(f"units/*/*{UNFINISHED}"):
            with suppress(OSError):
                path.unlink()

    def save(self, record: UnitRecord, files: Mapping[str, bytes]) -> None:
        """Write a unit: its files first, its record last."""
        for name, data in files.items():
            self.write(name, data)
        self.write(_unit(record.stage, record.key), record.model_dump_json().encode())

    def _hash(self, name: str) -> str | None:
        try:
            return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
        except OSError:
            return None


def _unwritable(folder: Path, why: str | None) -> OutputError:
    return OutputError(
        f"cannot write to the output folder ({why})",
        where=str(folder),
        fix="give another one with --out FOLDER",
    )


def _unit(stage: str, key: str) -> str:
    return f"units/{stage}/{key}.json"


def _lock(descriptor: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: no advisory lock; two runs in one folder are the user's to avoid
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise OutputError(
            "another run is working in this folder",
            where=str(folder),
            fix="wait for it, or give another folder with --out FOLDER",
        ) from error
