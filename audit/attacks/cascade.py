"""From cheap to dear: who is flipped leaves the batch, and only survivors get the full budget.

First the smallest flip of each image is searched. That change, scaled to a level and rounded, is tried as it
is. Then each image descends from its smallest flipped level to the next lower one, in as many restarts as are
allowed, until a level holds: below it, a flip would be a flip at that level too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.attacks.attack_target import AttackTarget, distance, snapped, wide
from audit.attacks.minimum_norm import shortened, smallest
from audit.attacks.pgd import descend, random_start
from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.config import RobustnessConfig

SEARCH_SHARE = 0.6
"""Steps of the search for the smallest flip, as a share of the steps at a level."""


@dataclass(frozen=True)
class Candidate:
    """A flip that the batch saw and that is yet to be confirmed."""

    level: float
    """In units of 1/255."""
    image: Tensor
    """`[c, h, w]` in [0, 1], on the 8-bit grid, on the CPU."""


@dataclass(frozen=True)
class Outcome:
    """What the attack on one image found."""

    candidates: tuple[Candidate, ...]
    """By rising level; empty where nothing flipped."""
    epsilon: float | None
    """Smallest L∞ distance of a flipping float32 image, in [0, 1]."""
    flat: bool
    """The gradient at the image is zero."""
    views: float


def attack(
    classifier: Classifier,
    images: Tensor,
    labels: Sequence[int],
    keys: Sequence[int],
    config: RobustnessConfig,
    seed: int,
    tick: Callable[[float], None] = lambda views: None,
) -> list[Outcome]:
    """Attack `images` `[n, c, h, w]`, float32 on the 8-bit grid, which are answered as `labels`.

    `keys` name the images: together with `seed` they fix each image's random numbers. One batch.
    """
    if not len(labels):
        return []
    target = AttackTarget(classifier, images, labels, tick)
    levels = config.levels  # rising, each once
    found = smallest(target, search_steps(config))
    flips = _Flips(target, levels)
    flips.note_distances(torch.arange(len(target), device=target.images.device), found.distances)
    _try_scaled(target, found.changes, found.distances, flips)

    rows = flips.open_rows()
    while len(rows):
        remaining = rows
        for restart in range(config.restarts):
            places = flips.next_places(remaining)
            aims = flips.table[places]
            if restart == 0:
                start = found.changes[remaining]
            else:
                own = [
                    generator(seed, "robustness", keys[row], place, restart)
                    for row, place in zip(remaining.tolist(), places.tolist(), strict=True)
                ]
                start = random_start(target.images.shape[1:], aims, own, target.images.device)
            flipped, tried = descend(target, remaining, aims, start, config.steps)
            flips.add(remaining[flipped], places[flipped], tried[flipped])
            remaining = remaining[~flipped]
            if not len(remaining):
                break
        flips.close(remaining)
        rows = flips.open_rows()
    flips.shorten()
    return [
        Outcome(flips.candidates(i), flips.epsilon(i), bool(found.flat[i]), target.spent[i])
        for i in range(len(target))
    ]


def search_steps(config: RobustnessConfig) -> int:
    """Steps of the search for the smallest flip."""
    return max(2, round(config.steps * SEARCH_SHARE))


def _try_scaled(target: AttackTarget, changes: Tensor, distances: Tensor, flips: "_Flips") -> None:
    """The smallest flip, scaled to each level that reaches it and rounded, from the smallest level up."""
    unit = changes / wide(distance(changes).clamp(min=1e-12))
    for place, level in enumerate(flips.table.tolist()):
        rows = torch.nonzero((distances * 255 <= level) & flips.unflipped()).flatten()
        if len(rows):
            tried = snapped(
                target.images[rows], unit[rows] * (level / 255), flips.table[place].expand(len(rows))
            )
            flipped = target.lead(rows, tried) < 0
            flips.add(rows[flipped], torch.full_like(rows[flipped], place), tried[flipped])


class _Flips:
    """Who flipped where, and which level each image has to try next."""

    def __init__(self, target: AttackTarget, levels: Sequence[float]) -> None:
        self._levels, self._target = levels, target
        n, device = len(target), target.images.device
        self.table = torch.tensor(levels, dtype=torch.float32, device=device)
        """The levels, rising; a place is an index into it."""
        self._found: list[dict[int, Tensor]] = [{} for _ in range(n)]
        self._place = torch.full((n,), len(levels), device=device)
        """Of the smallest flipped level; beyond the last one where there is none."""
        self._closed = torch.zeros(n, dtype=torch.bool, device=device)
        self._best = torch.full((n,), torch.inf, device=device)
        self._improved: dict[int, Tensor] = {}

    def note_distances(self, rows: Tensor, distances: Tensor) -> None:
        self._best[rows] = torch.minimum(self._best[rows], distances)

    def unflipped(self) -> Tensor:
        return self._place == len(self._levels)

    def open_rows(self) -> Tensor:
        return torch.nonzero(~self._closed & (self._place > 0)).flatten()

    def next_places(self, rows: Tensor) -> Tensor:
        return self._place[rows] - 1

    def close(self, rows: Tensor) -> None:
        self._closed[rows] = True

    def add(self, rows: Tensor, places: Tensor, images: Tensor) -> None:
        changes = images - self._target.images[rows]
        shorter = distance(changes) < self._best[rows]
        self.note_distances(rows, distance(changes))
        self._place[rows] = places
        for i, (row, place) in enumerate(zip(rows.tolist(), places.tolist(), strict=True)):
            self._found[row][place] = images[i].cpu()
            if shorter[i]:
                self._improved[row] = changes[i]

    def shorten(self) -> None:
        """Where a level's image lies nearer than the search came, look for a nearer one on the way to it."""
        if self._improved:
            rows = torch.tensor(list(self._improved), device=self._best.device)
            changes = torch.stack(list(self._improved.values()))
            self.note_distances(rows, shortened(self._target, rows, changes))

    def candidates(self, i: int) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(self._levels[place], self._found[i][place]) for place in sorted(self._found[i])
        )

    def epsilon(self, i: int) -> float | None:
        value = float(self._best[i])
        return value if value < torch.inf else None
