"""From cheap to dear: who is flipped leaves the batch, and only survivors get the full budget.

First the smallest flip of each image is searched. That change, scaled to an epsilon and rounded, is tried as
it is. Then each image descends from the smallest epsilon at which it flipped to the next lower one, in as
many restarts as are allowed, until it holds at one: a flip within less would be a flip within that one too.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.attacks.attack import Candidate, Found
from audit.attacks.attack_target import AttackTarget, distance, per_image, quantized_in_ball
from audit.attacks.minimum_norm import minimum_norm, shortened
from audit.attacks.pgd import descend, random_start
from audit.records.robustness import Norm

SEARCH_SHARE = 0.6
"""Steps of the search for the smallest flip, as a share of the steps at an epsilon."""


class MinimumNormPGD:
    """The smallest flip, then projected gradient descent below it."""

    name = "minimum-norm-pgd"
    norm: Norm = "linf"
    title = "minimum norm, then PGD"

    def sweep(self, target: AttackTarget, epsilons: Sequence[float]) -> list[Found]:
        """`epsilons` in units of 1/255, rising, each once."""
        found = minimum_norm(target, search_steps(target.steps))
        flips = _Flips(target, epsilons)
        flips.note_distances(target.rows, found.distances)
        _try_scaled(target, found.changes, found.distances, flips)

        rows = flips.open_rows()
        while len(rows):
            remaining = rows
            for restart in range(target.restarts):
                places = flips.next_places(remaining)
                goals = flips.table[places]
                if restart == 0:
                    start = found.changes[remaining]
                else:
                    own = [
                        target.generator(row, place, restart)
                        for row, place in zip(remaining.tolist(), places.tolist(), strict=True)
                    ]
                    start = random_start(target.images.shape[1:], goals, own, target.images.device)
                flipped, tried = descend(target, remaining, goals, start, target.steps)
                flips.add(remaining[flipped], places[flipped], tried[flipped])
                remaining = remaining[~flipped]
                if not len(remaining):
                    break
            flips.close(remaining)
            rows = flips.open_rows()
        flips.shorten()
        return [
            Found(flips.candidates(i), flips.distance(i), bool(found.zero_gradient[i]), target.spent[i])
            for i in range(len(target))
        ]


def search_steps(steps: int) -> int:
    """Steps of the search for the smallest flip, where `steps` are those at a distance."""
    return max(2, round(steps * SEARCH_SHARE))


def _try_scaled(target: AttackTarget, changes: Tensor, distances: Tensor, flips: "_Flips") -> None:
    """The smallest flip, scaled to each epsilon that reaches it and rounded, from the smallest epsilon up."""
    unit = changes / per_image(distance(changes).clamp(min=1e-12))
    for place, epsilon in enumerate(flips.table.tolist()):
        rows = torch.nonzero((distances * 255 <= epsilon) & flips.unflipped()).flatten()
        if len(rows):
            tried = quantized_in_ball(
                target.images[rows], unit[rows] * (epsilon / 255), flips.table[place].expand(len(rows))
            )
            flipped = target.margin(rows, tried) < 0
            flips.add(rows[flipped], torch.full_like(rows[flipped], place), tried[flipped])


class _Flips:
    """Who flipped where, and which epsilon each image has to try next."""

    def __init__(self, target: AttackTarget, epsilons: Sequence[float]) -> None:
        self._epsilons, self._target = epsilons, target
        n, device = len(target), target.images.device
        self.table = torch.tensor(epsilons, dtype=torch.float32, device=device)
        """The epsilons, rising; a place is an index into it."""
        self._found: list[dict[int, Tensor]] = [{} for _ in range(n)]
        self._place = torch.full((n,), len(epsilons), device=device)
        """Of the smallest flipped epsilon; beyond the last one where there is none."""
        self._closed = torch.zeros(n, dtype=torch.bool, device=device)
        self._best = torch.full((n,), torch.inf, device=device)
        self._improved: dict[int, Tensor] = {}

    def note_distances(self, rows: Tensor, distances: Tensor) -> None:
        self._best[rows] = torch.minimum(self._best[rows], distances)

    def unflipped(self) -> Tensor:
        return self._place == len(self._epsilons)

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
        """Where an epsilon's image lies nearer than the search came, look for one on the way to it."""
        if self._improved:
            rows = torch.tensor(list(self._improved), device=self._best.device)
            changes = torch.stack(list(self._improved.values()))
            self.note_distances(rows, shortened(self._target, rows, changes))

    def candidates(self, i: int) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(self._epsilons[place], self._found[i][place]) for place in sorted(self._found[i])
        )

    def distance(self, i: int) -> float | None:
        value = float(self._best[i])
        return value if value < torch.inf else None
