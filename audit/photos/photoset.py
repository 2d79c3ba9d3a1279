"""The photographs of a run: which files, of which classes."""

import random
from collections.abc import Collection, Mapping, Sequence
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
    """Files but hidden ones and texts, also those of no class, of a kind not read or beyond the limit."""
    entries: tuple[Entry, ...]
    skipped: Mapping[str, int]
    """Reason in words → files left out before any was decoded."""
    notes: tuple[str, ...]
    """Folders that are no class and whatever else a reader should know, in words."""

    def even(self, count: int) -> tuple[int, ...]:
        """Indices of at most `count` photographs, spread evenly over the labels, the same every time."""
        return tuple(spread([entry.label for entry in self.entries], count))


def spread(labels: Sequence[int | None], count: int, seed: int | None = None) -> list[int]:
    """Places of at most `count` of `labels`, ascending; as many of each label as of any other, or all it has.

    Within a label they are spread evenly over its places; with a seed they are drawn.
    """
    groups: dict[int | None, list[int]] = {}
    for place, label in enumerate(labels):
        groups.setdefault(label, []).append(place)
    chosen: list[int] = []
    for (label, group), share in zip(groups.items(), _shares(groups.values(), count), strict=True):
        if seed is None:
            chosen += [group[i * len(group) // share] for i in range(share)]
        else:
            chosen += random.Random(f"{seed} {label}").sample(group, share)
    return sorted(chosen)


def _shares(groups: Collection[Sequence[int]], count: int) -> list[int]:
    """How many of each group: rounds of one each; the last, incomplete round evenly over the groups."""
    sizes = [len(group) for group in groups]
    rounds = 0
    while sum(min(size, rounds + 1) for size in sizes) <= count and rounds < max(sizes, default=0):
        rounds += 1
    shares = [min(size, rounds) for size in sizes]
    larger = [i for i, size in enumerate(sizes) if size > rounds]
    left = min(count - sum(shares), len(larger))
    for i in range(left):
        shares[larger[i * len(larger) // left]] += 1
    return shares
