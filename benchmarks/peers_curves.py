"""From pictures to curves: what the transfer model says against what was spent, and how much sooner one gets
there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from peers_cache import Piece
from torch import Tensor
from transfer import judged

from audit.image_stats import STATISTICS, Baseline, measure

COLUMNS = ("top-1", "top-5", "p", "own p")
RESAMPLES = 4000


@dataclass(frozen=True)
class Curve:
    """One system, or one way to look at its pictures."""

    label: str
    unit: str
    """Of the checkpoints."""
    classes: list[int]
    checkpoints: list[int]
    seconds: np.ndarray
    """`[checkpoints, classes]`."""
    views: np.ndarray
    images: Tensor
    """`[checkpoints, classes, 3, 224, 224]` in [0, 1], on the 8-bit grid."""
    table: np.ndarray
    """`[checkpoints, classes, 4]`: COLUMNS."""

    def only(self, classes: Sequence[int]) -> "Curve":
        """The same on some of its classes."""
        places = [self.classes.index(c) for c in classes]
        return replace(
            self,
            classes=list(classes),
            seconds=self.seconds[:, places],
            views=self.views[:, places],
            images=self.images[:, places],
            table=self.table[:, places],
        )


def curve(pieces: Sequence[Piece], variant: str, label: str, unit: str, ask: Callable[..., Tensor]) -> Curve:
    """Join pieces: several classes with the same checkpoints, or the same classes at several checkpoints.

    `ask(images, labels)` gives COLUMNS. Pieces of the same classes and checkpoint (other seeds) are averaged;
    the pictures are those of the first.
    """
    along = 1 if len(pieces[0].checkpoints) > 1 else 0
    found: dict[tuple[int, ...], list[tuple[Piece, np.ndarray]]] = {}
    for piece in pieces:
        images = piece.images(variant)
        labels = torch.tensor(piece.classes)
        table = np.stack([ask(row, labels).numpy() for row in images])
        place = tuple(piece.classes) if along else tuple(piece.checkpoints)
        found.setdefault(place, []).append((piece, table))
    groups = [found[place] for place in sorted(found)]
    first = [group[0][0] for group in groups]

    def joined(of: Callable[[Piece, np.ndarray], np.ndarray]) -> np.ndarray:
        return np.concatenate([np.mean([of(*one) for one in group], axis=0) for group in groups], axis=along)

    return Curve(
        label,
        unit,
        [c for piece in first for c in piece.classes] if along else first[0].classes,
        first[0].checkpoints if along else [c for piece in first for c in piece.checkpoints],
        joined(lambda piece, _: piece.seconds),
        joined(lambda piece, _: piece.views),
        torch.cat([piece.images(variant) for piece in first], dim=along),
        joined(lambda _, table: table),
    )


def asker(classifier, transfer_model) -> Callable[..., Tensor]:
    """What the transfer model and the network itself say of images `[n, 3, 224, 224]`: COLUMNS `[n, 4]`."""

    def ask(images: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            own = classifier.logits(images)
        return judged(transfer_model, images, labels, own)

    return ask


def reached(seconds: np.ndarray, values: np.ndarray, level: float) -> float:
    """When a curve first reaches `level`, interpolated in log seconds between checkpoints; inf where never.

    Where its first checkpoint is above already, that one's seconds: it may have been there sooner.
    """
    above = np.flatnonzero(values >= level)
    if not len(above):
        return float("inf")
    i = above[0]
    if i == 0:
        return float(seconds[0])
    share = (level - values[i - 1]) / (values[i] - values[i - 1])
    return float(seconds[i - 1] ** (1 - share) * seconds[i] ** share)


@dataclass(frozen=True)
class SpeedUp:
    """Seconds of a peer over ours until ours is as good as the peer at one of its checkpoints."""

    level: float
    peer: float
    ours: float
    """Seconds per class; inf where ours never gets there."""
    interval: tuple[float, float]
    """95 %, bootstrap over classes; a draw in which ours never gets there counts 0."""
    never: float
    """Share of such draws."""

    @property
    def ratio(self) -> float:
        return self.peer / self.ours


def speed_up(peer: Curve, ours: Curve, column: int, checkpoint: int) -> SpeedUp:
    """`checkpoint` is a position on the peer's curve; both on the same classes."""
    assert peer.classes == ours.classes

    def once(places: np.ndarray) -> tuple[float, float, float]:
        values = peer.table[:, places, column].mean(1)
        level = values[checkpoint]
        mine = ours.table[:, places, column].mean(1)
        theirs = reached(peer.seconds[:, places].mean(1), values, level)
        return level, theirs, reached(ours.seconds[:, places].mean(1), mine, level)

    count = len(peer.classes)
    rng = np.random.default_rng(0)
    draws = np.array([once(rng.integers(0, count, count)) for _ in range(RESAMPLES)])
    low, high = np.percentile(draws[:, 1] / draws[:, 2], [2.5, 97.5])
    return SpeedUp(*once(np.arange(count)), (low, high), float(np.isinf(draws[:, 2]).mean()))


@dataclass(frozen=True)
class Naturalness:
    """How the statistics that the prior leaves free lie among photographs' 5th to 95th percentile."""

    share: float
    """Of pictures and statistics."""
    median_inside: int
    """Of FREE, those whose median picture lies inside."""
    medians: dict[str, float]


FREE = [id for id, statistic in STATISTICS.items() if not statistic.held]
NAMED = ("derivative_kurtosis", "mscn_shape", "mscn_variance", "mscn_kurtosis")
"""Of these the median picture is printed; the first one is pulled towards photographs'."""


def naturalness(images: Tensor, baseline: Baseline) -> Naturalness:
    """Images `[n, 3, 224, 224]` on the 8-bit grid."""
    values = measure(images)
    medians = {id: float(np.nanmedian(values[id])) for id in (*FREE, *NAMED)}

    def inside(id: str, numbers: np.ndarray) -> np.ndarray:
        place = baseline.percentile(id, numbers)
        return (place >= 5) & (place <= 95)

    return Naturalness(
        float(np.mean([inside(id, values[id]) for id in FREE])),
        sum(bool(inside(id, np.array([medians[id]]))[0]) for id in FREE),
        medians,
    )
