"""The photographs of a run: which files, of which classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Entry:
    """One file that looks like a picture."""

    index: int
    """Place in the set."""
    path: Path
    name: str
    """Path below the folder, with forward slashes. Untrusted text."""
    label: int | None
    """Class index by its folder; None in a flat folder."""
    sha256: str
    """Of the file's bytes."""
    in_baseline: bool
    """Whether the natural baseline was computed from it."""


@dataclass(frozen=True)
class PhotoSet:
    """All photographs of a run, in a fixed order: `entries[i].index == i`."""

    source: str
    """The folder as the user gave it."""
    kind: Literal["labelled", "own answers"]
    found: int
    """Files that look like pictures, also those beyond the limit or of no class."""
    entries: tuple[Entry, ...]
    skipped: Mapping[str, int]
    """Reason in words → files left out before any was decoded."""
    notes: tuple[str, ...]
    """Folders that are no class and whatever else a reader should know, in words."""

    def even(self, count: int) -> tuple[int, ...]:
        """Indices of at most `count` photographs, spread evenly over the labels, the same every time."""
        groups: dict[int | None, list[int]] = {}
        for entry in self.entries:
            groups.setdefault(entry.label, []).append(entry.index)
        order = sorted(
            (place, entry_index) for group in groups.values() for place, entry_index in enumerate(group)
        )
        if count >= len(order):
            return tuple(sorted(index for _, index in order))
        whole = [index for place, index in order if place < order[count][0]]
        rest = [index for place, index in order if place == order[count][0]]
        # The last, incomplete round: evenly over its classes, not only the first ones.
        wanted = count - len(whole)
        picked = [rest[i * len(rest) // wanted] for i in range(wanted)]
        return tuple(sorted(whole + picked))
