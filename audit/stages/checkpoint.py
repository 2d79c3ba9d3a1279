"""Where a unit of work that takes long keeps what it would lose with its process."""

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from audit.errors import OutputError
from audit.files import write_whole

EVERY = 20.0
"""Seconds between two of them: a killed process loses no more work than that, and one step."""
SHARE = 0.01
"""Of the time, at most, is spent on writing; on a slow disk they are further apart."""
ELAPSED = "elapsed"


class Checkpoint:
    """One file of arrays for the unit in work; without a file nothing is kept."""

    def __init__(self) -> None:
        """No unit is in work."""
        self._path: Path | None = None
        self._began = self._last = self._took = 0.0
        self.before = 0.0
        """Seconds that earlier processes spent on the unit, once it was read."""

    def begin(self, path: Path) -> None:
        """Another unit is in work, and `path` is its own."""
        self._path, self._took, self.before = path, 0.0, 0.0
        self._began = self._last = time.monotonic()

    def read(self) -> dict[str, np.ndarray] | None:
        """What an earlier process kept of this unit; None where it kept nothing, or the file is damaged."""
        if self._path is None:
            return None
        try:
            # Opened here: of a damaged archive np.load would leave the file open.
            with open(self._path, "rb") as file, np.load(file, allow_pickle=False) as kept:
                arrays = dict(kept)
                self.before = float(arrays.pop(ELAPSED))
                return arrays
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def offer(self, state: Callable[[], Mapping[str, np.ndarray]]) -> None:
        """Told whenever work could stop: asks for the state, and keeps it, where it is time to."""
        now = time.monotonic()
        if self._path is None or now - self._last < max(EVERY, self._took / SHARE):
            return
        buffer = io.BytesIO()
        kept: dict[str, Any] = {**state(), ELAPSED: np.array(self.before + now - self._began)}
        np.savez(buffer, **kept)
        # The unit goes on without: what is worth an error is that its record cannot be written.
        with suppress(OutputError):
            write_whole(self._path, buffer.getvalue())
        self._last = time.monotonic()
        self._took = self._last - now

    def end(self) -> None:
        """The unit is stored."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._path = None
