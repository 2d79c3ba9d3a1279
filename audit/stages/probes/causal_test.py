"""One class, one change and its controls, on photographs that took no part in finding them.

Three questions (after Pearl's sufficient, contributory and necessary causes): does the change turn other
photographs into the class, does it raise the class, and does the class lose its own photographs under it?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.classifier import Classifier
from audit.images.png import png
from audit.images.quantize import to_uint8_grid
from audit.probes.change import Change
from audit.probes.effect import logits_after
from audit.probes.matched_controls import matched_controls
from audit.probes.natural_crop import natural_crops
from audit.probes.told_apart import told_apart, won
from audit.records import Proportion
from audit.records.probes import ALONE, CausalTest, ControlTest, Example, Interval
from audit.stages.probes.carrier_images import CarrierImages
from audit.stages.stage import Tick

DRAWS = 1000
"""Of the bootstrap."""
DRAWN = 83
"""Second number of the key of its draws."""
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Tested:
    """A test, and the pictures that it shows."""

    record: CausalTest
    files: dict[str, bytes]


@dataclass(frozen=True)
class Held:
    """Photographs held back, and what the network answers on them unchanged."""

    carriers: CarrierImages
    logits: Tensor
    """`[n, k]`."""

    @classmethod
    def of(cls, classifier: Classifier, carriers: CarrierImages, batch: int, tick: Tick) -> "Held":
        """Ask the network about them."""
        return cls(carriers, logits_after(classifier, carriers.images, None, carriers.rows, batch, tick))


class Answers:
    """What one set of changed photographs says of a class."""

    def __init__(self, held: Held, after: Tensor, class_index: int) -> None:
        """`after`: logits `[n, k]`; photographs without a finite answer, before or after, take no part."""
        usable = (held.logits.isfinite().all(1) & after.isfinite().all(1)).numpy()
        before = held.logits.numpy().astype(np.float64)[usable]
        changed = after.numpy().astype(np.float64)[usable]
        answered, now = before.argmax(1), changed.argmax(1)
        labels = answered
        if held.carriers.labels is not None:
            given = held.carriers.labels.numpy()[usable]
            labels = np.where(given < 0, answered, given)
        right = answered == labels
        self.others = (labels != class_index) & (answered != class_index)
        own = (labels == class_index) & right
        elsewhere = right & (labels != class_index)
        self.turned = Proportion.of(int((now[self.others] == class_index).sum()), int(self.others.sum()))
        self.lost = Proportion.of(int((now[own] != class_index).sum()), int(own.sum()))
        self.lost_elsewhere = Proportion.of(
            int((now[elsewhere] != labels[elsewhere]).sum()), int(elsewhere.sum())
        )
        scale = max(float((before - before.mean(1, keepdims=True)).std()), 1e-12) if before.size else 1.0
        moved = changed - before
        self.shifts: Floats = ((moved - moved.mean(1, keepdims=True)) / scale)[self.others]
        """`[others, k]`: of each logit, less the mean over classes, in standard deviations."""
        labelled = held.carriers.labels is not None and right.size > 0
        self.accuracy = (float(right.mean()), float((now == labels).mean())) if labelled else None
        self.probable, self.labels = after[torch.from_numpy(usable)], labels
        self.has_labels = labelled
        self.before, self.now = held.logits.argmax(1).tolist(), after.argmax(1).tolist()
        places = np.flatnonzero(usable)
        gone = now != answered
        # Those that were answered rightly come first: a change that mends a mistake shows nothing.
        turned = self.others & (now == class_index)
        self.other_places: list[int] = places[self.others].tolist()
        self.turned_places: list[int] = [*places[turned & right].tolist(), *places[turned & ~right].tolist()]
        self.lost_places: list[int] = places[own & gone].tolist()
        self.kept_places: list[int] = places[own & ~gone].tolist()
        self.right_places: list[int] = places[right & (labels != class_index)].tolist()
        self.class_index = class_index

    @property
    def told(self) -> Floats:
        """How well each class `[k]` is told from the others."""
        return told_apart(self.probable, self.labels)

    @property
    def shift(self) -> float:
        """Mean shift of the class."""
        return float(self.shifts[:, self.class_index].mean()) if len(self.shifts) else 0.0

    @property
    def gap(self) -> float:
        """The shift, less the largest one of another class."""
        return self.shift - self.rival_shift

    @property
    def rival(self) -> int:
        """The other class that is raised most."""
        means = self.shifts.mean(0) if len(self.shifts) else np.zeros(self.shifts.shape[1])
        means[self.class_index] = -np.inf
        return int(means.argmax())

    @property
    def rival_shift(self) -> float:
        """Its mean shift."""
        return float(self.shifts[:, self.rival].mean()) if len(self.shifts) else 0.0


def causal_test(
    classifier: Classifier,
    held: Held,
    class_index: int,
    change: Change,
    *,
    seed: int,
    batch: int,
    examples: int,
    tick: Tick,
    controls: Sequence[Change] = (),
) -> Tested:
    """Make the change and its controls on the photographs, and count.

    `controls` of its own come before those of the same kind that can be made of any change.
    """
    fast, given = classifier.folded(), held.carriers
    after = logits_after(fast, given.images, change, given.rows, batch, tick)
    found = Answers(held, after, class_index)
    rows: list[tuple[str, Answers]] = []
    alone = change.id.endswith(ALONE)
    made = [] if alone else [*matched_controls(change)]
    made += [] if alone else natural_crops(change, given.images, given.rows, found.other_places)
    for control in [*controls, *made]:
        kind = getattr(control, "kind", None) or control.id.rpartition("/")[2].rpartition("~")[2]
        answers = Answers(
            held, logits_after(fast, given.images, control, given.rows, batch, tick), class_index
        )
        if kind not in [name for name, _ in rows]:
            rows.append((kind, answers))
    draws = _draws(seed, len(found.shifts))
    own = found.shifts[:, class_index]
    noise = next((answers for kind, answers in rows if kind == "noise"), None)
    shown, files = _examples(given, change, found, class_index, examples)
    record = CausalTest(
        class_index=class_index,
        change=change.id,
        family=change.family,
        carriers=given.source,
        photographs=len(given),
        seed=seed,
        turned=found.turned,
        shift=_interval(own, draws),
        gap=_interval(own - found.shifts[:, found.rival], draws),
        # A photograph without a finite answer under the one is there under the other: means, not pairs, then.
        excess=_interval(own - noise.shifts[:, class_index], draws)
        if noise is not None and len(noise.shifts) == len(own)
        else _interval(own - (noise.shift if noise is not None else 0.0), draws),
        lost=found.lost,
        lost_elsewhere=found.lost_elsewhere,
        accuracy=found.accuracy,
        told=_told(found, seed) if alone else None,
        told_next=_told_next(found) if alone else None,
        controls=[
            ControlTest(
                kind=kind,
                turned=a.turned,
                lost=a.lost,
                lost_elsewhere=a.lost_elsewhere,
                shift=a.shift,
                gap=a.gap,
                told=float(a.told[class_index]) if alone and a.has_labels else None,
            )
            for kind, a in rows
        ],
        examples=shown,
    )
    return Tested(record, files)


def _told(found: Answers, seed: int) -> Interval | None:
    """Over photographs of the class; None where none has a label."""
    each = won(found.probable, found.labels, found.class_index) if found.has_labels else np.zeros(0)
    return _interval(each, _draws(seed, len(each))) if len(each) else None


def _told_next(found: Answers) -> float | None:
    others = np.delete(found.told, found.class_index) if found.has_labels else np.zeros(0)
    return float(others.max()) if len(others) > 1 else None


def _draws(seed: int, count: int) -> NDArray[np.int64]:
    """`[DRAWS, count]` places, with replacement."""
    return np.random.default_rng((seed, DRAWN)).integers(0, max(count, 1), (DRAWS, count))


def _interval(values: Floats, draws: NDArray[np.int64]) -> Interval:
    """Mean and percentile interval (Efron 1979) of values `[n]`; without values it says nothing."""
    if not len(values):
        return Interval(value=0.0, interval=(float("-inf"), float("inf")))
    low, high = np.quantile(values[draws].mean(1), (0.025, 0.975))
    return Interval(value=float(values.mean()), interval=(float(low), float(high)))


@torch.no_grad()
def _examples(
    given: CarrierImages, change: Change, found: Answers, class_index: int, count: int
) -> tuple[list[Example], dict[str, bytes]]:
    """Photographs before and after, of those that are counted: first those that are turned into the class or
    those that it loses, whichever share is larger, then others that were answered rightly. Of a part alone:
    photographs of the class, first those that are still answered as it."""
    turned, lost = found.turned_places, found.lost_places
    rest = [place for place in found.right_places if place not in turned]
    labels = given.labels
    shown: list[Example] = []
    files: dict[str, bytes] = {}
    stem = f"images/changes/{_safe(change.id)}-{class_index}"
    harm = found.lost.n > 0 and found.lost.value > found.turned.value
    first = [*lost, *turned] if harm else [*turned, *lost]
    if change.id.endswith(ALONE):
        first, rest = [*found.kept_places, *lost], []
    for place in [*first, *rest][:count]:
        image, row = given.images[place : place + 1], given.rows[place]
        before, after = f"{stem}-{row}-before.png", f"{stem}-{row}-after.png"
        files[before] = png(to_uint8_grid(image)[0])
        files[after] = png(to_uint8_grid(change(image, [row]))[0])
        shown.append(
            Example(
                before=before,
                after=after,
                answer_before=found.before[place],
                answer_after=found.now[place],
                label=-1 if labels is None else int(labels[place]),
            )
        )
    return shown, files


def _safe(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in text)
