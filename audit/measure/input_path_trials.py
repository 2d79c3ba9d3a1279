"""Stage: is the preprocessing right? Photographs prepared in other ways, outputs read by other lists.

One factor at a time, then what helps on top of one another: coordinate search over scale, order of channels
and geometry, each step only where an exact sign test prefers it to the step before.
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.measure import class_lists
from audit.measure.alternatives import describe, flags, geometries, orders, scales
from audit.measure.stage import Computed, Context, Tick
from audit.photos import PhotoSet
from audit.photos.reading import THREADS, UnusableError, open_upright, prepare
from audit.results import InputPath, InputPathTrials, Trial
from audit.results.paired import sign_test
from audit.results.units import Items, TrialsUnit, UnitRecord

HELPS = 0.01
"""One-sided p below which a step of the search is taken and a class list is written."""
ROUNDS = 2
"""A channel order can hide a scale and the other way round: what did not help first may help later."""
TOO_SMALL = 0.2
"""A geometry that more than this share of the photographs is too small for is not tried."""
FORWARD = 1 / 3
"""Views in a forward pass: the backward pass costs about twice as much."""
MOST = 30
"""Paths that the search comes to, at most."""

FACTORS = {"scale": scales, "channel order": orders, "geometry": geometries}
Bools = NDArray[np.bool_]


class TryInputPaths:
    """One unit: all trials on one sample of photographs."""

    name = "input-path"
    version = 1
    inputs: tuple[str, ...] = ()

    def of(self, context: Context) -> Items:
        """Photographs."""
        return "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """The class list, whose order is tried too."""
        return {"classes": [(c.id, c.full) for c in context.classifier.classes]}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """One, of an even sample; none without photographs."""
        if context.photos is None:
            return []
        sample = context.photos.even(context.config.input_path.photographs)
        return [sample] if sample else []

    def views(self, context: Context) -> float:
        """At most so many; fewer where nothing helps."""
        return sum(len(unit) for unit in self.units(context)) * MOST * FORWARD

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Try everything on these photographs."""
        assert context.photos is not None
        given = context.classifier.input
        crops, labels = _read(items, context.photos, given)
        if len(labels) == 0:
            empty = InputPathTrials(photographs=0, labelled=False, trials=[], classes_file=None)
            return Computed(TrialsUnit(trials=empty), 0.0)
        search = _Search(context, crops, labels if context.photos.kind == "labelled" else None, tick)
        body, files = search.run()
        return Computed(TrialsUnit(trials=body), search.views, files)


@dataclass(frozen=True)
class _Answers:
    """What the network answers on all photographs, on one path."""

    probabilities: NDArray[np.float32]

    @cached_property
    def first(self) -> NDArray[np.int64]:
        return self.probabilities.argmax(1)

    @cached_property
    def confidence(self) -> float:
        return float(self.probabilities.max(1).mean())


@dataclass(frozen=True)
class _List:
    """A way to read outputs as classes."""

    name: str
    order: NDArray[np.int64]
    fitted: bool = False
    """Whether the photographs themselves gave the order: then each is judged by the other half."""

    def right(self, answers: _Answers, labels: NDArray[np.int64]) -> Bools:
        if self.fitted:
            return class_lists.right_when_assigned(answers.probabilities, labels)
        return self.order[answers.first] == labels


class _Search:
    """The trials of one sample."""

    def __init__(
        self,
        context: Context,
        crops: "dict[_Geometry, Tensor]",
        labels: NDArray[np.int64] | None,
        tick: Tick,
    ) -> None:
        self.context, self.crops, self.labels, self.tick = context, crops, labels, tick
        self.given = context.classifier.input
        self.views = 0.0
        self.answers: list[tuple[InputPath, _Answers]] = []
        self.trials: list[Trial] = []
        self.file: str | None = None
        self.files: dict[str, bytes] = {}
        count = len(context.classifier.classes)
        self.given_list = _List("class list as given", np.arange(count))
        self.as_given = self.right(self.given, self.given_list)

    def run(self) -> tuple[InputPathTrials, dict[str, bytes]]:
        """All trials, the first one "as given", and the files that they name."""
        self.record("as given", "as given", self.given, self.given_list)
        for kind, factor in FACTORS.items():
            for path in self.possible(factor, self.given):
                self.record(describe(path, self.given), kind, path, self.given_list)
        if self.labels is not None:
            end = self.walk(self.given_list)
            # A wrong order of channels can look like a wrong list; the list is blamed for what is left only.
            labels = self.best_list(at_least=int(self.right(end, self.given_list).sum()) + 1)
            if labels is not self.given_list:
                end = self.walk(labels)
            self.combine(end, labels)
        trials = InputPathTrials(
            photographs=len(next(iter(self.crops.values()))),
            labelled=self.labels is not None,
            trials=self.trials,
            classes_file=self.file,
        )
        return trials, self.files

    def best_list(self, at_least: int) -> _List:
        """Try all class lists on the path as given; the best, written to a file, if it fits better and makes
        so many photographs right; else the given one."""
        assert self.labels is not None
        classes = self.context.classifier.classes
        lists = [_List(name, order) for name, order in class_lists.known(classes)]
        answers = self.look(self.given)
        if class_lists.can_assign(self.labels, len(classes)):
            order = class_lists.assigned(answers.probabilities, self.labels)
            lists.append(_List("outputs assigned to classes by the photographs", order, fitted=True))
        rights = [one.right(answers, self.labels) for one in lists]
        best = max(range(len(lists)), key=lambda i: int(rights[i].sum()), default=None)
        fits = (
            best is not None
            and int(rights[best].sum()) >= at_least
            and self.helps(rights[best], self.as_given)
        )
        if best is not None and fits:
            self.file, content = class_lists.written(classes, lists[best].order)
            self.files[self.file] = content
        for i, one in enumerate(lists):
            self.record(one.name, "labels", self.given, one, fits=fits and i == best)
        return lists[best] if best is not None and fits else self.given_list

    def walk(self, labels: _List) -> InputPath:
        """Step by step from the path as given to a better one."""
        path = self.given
        for _ in range(ROUNDS):
            before = path
            for factor in FACTORS.values():
                path = self.step(factor, path, labels)
            if path == before:
                break
        return path

    def combine(self, path: InputPath, labels: _List) -> None:
        """Record what the search came to, unless it was tried alone."""
        fitted = labels is not self.given_list
        if path != self.given and (fitted or flags(path, self.given) not in {t.flags for t in self.trials}):
            parts = [labels.name] if fitted else []
            name = "; ".join([*parts, describe(path, self.given)])
            self.record(name, "combination", path, labels, fits=fitted)

    def step(self, factor: "_Factor", path: InputPath, labels: _List) -> InputPath:
        """The factor's best alternative to `path` where it helps, else `path`."""

        def merit(other: InputPath) -> tuple[int, float]:
            return int(self.right(other, labels).sum()), self.look(other).confidence

        best = max(self.possible(factor, path), key=merit, default=path)
        return best if self.helps(self.right(best, labels), self.right(path, labels)) else path

    def possible(self, factor: "_Factor", path: InputPath) -> list[InputPath]:
        """The factor's alternatives to `path` that the photographs were prepared for."""
        return [other for other in factor(path, self.given) if _geometry(other) in self.crops]

    def helps(self, right: Bools, before: Bools) -> bool:
        """Whether one way is better than another for certain."""
        gained, lost = int((right & ~before).sum()), int((before & ~right).sum())
        return gained > lost and sign_test(gained, lost) <= HELPS

    def record(self, name: str, kind: str, path: InputPath, labels: _List, *, fits: bool = False) -> None:
        """Add a trial; `fits`: the class list was written, and is part of its flags."""
        words = [flags(path, self.given)]
        if fits and labels is not self.given_list and self.file is not None:
            words.append(f"--classes {shlex.quote(str(self.context.folder / self.file))}")
        right = self.right(path, labels)
        known = self.labels is not None
        self.trials.append(
            Trial.model_validate(
                {
                    "name": name,
                    "kind": kind,
                    "flags": " ".join(word for word in words if word),
                    "correct": int(right.sum()) if known else None,
                    "gained": int((right & ~self.as_given).sum()) if known else None,
                    "lost": int((self.as_given & ~right).sum()) if known else None,
                    "confidence": self.look(path).confidence,
                }
            )
        )

    def right(self, path: InputPath, labels: _List) -> Bools:
        """Which photographs are answered right, `[n]`; none without labels."""
        answers = self.look(path)
        if self.labels is None:
            return np.zeros(len(answers.first), np.bool_)
        return labels.right(answers, self.labels)

    def look(self, path: InputPath) -> _Answers:
        """The answers on a path; computed once."""
        known = next((answers for seen, answers in self.answers if seen == path), None)
        if known is None:
            known = _Answers(self._probabilities(path))
            self.answers.append((path, known))
        return known

    def _probabilities(self, path: InputPath) -> NDArray[np.float32]:
        classifier = self.context.classifier.seen_as(path)
        found: list[Tensor] = []
        with torch.no_grad():
            for batch in self.crops[_geometry(path)].split(self.context.config.photographs.batch):
                # A scale far off may overflow; such an answer is merely wrong.
                logits = classifier.logits(batch.to(classifier.device).float() / 255).nan_to_num()
                multi = classifier.task == "multi-label"
                found.append((logits.sigmoid() if multi else logits.softmax(1)).cpu())
                self.views += len(batch) * FORWARD
                self.tick(len(batch) * FORWARD)
        return torch.cat(found).numpy()


_Geometry = tuple[int | None, str]
_Factor = Callable[[InputPath, InputPath], list[InputPath]]


def _geometry(path: InputPath) -> _Geometry:
    return path.resize, path.interpolation


def _read(
    items: Sequence[int], photos: PhotoSet, given: InputPath
) -> tuple[dict[_Geometry, Tensor], NDArray[np.int64]]:
    """Each photograph on each geometry, uint8 `[n, c, h, w]` by geometry, and the labels `[n]`.

    Only geometries that most photographs are large enough for and that change any of them; only photographs
    that can be used on all those.
    """
    paths = {_geometry(path): path for path in (given, *geometries(given, given))}
    entries = [photos.entries[i] for i in items]
    with ThreadPoolExecutor(THREADS) as pool:
        prepared = list(pool.map(lambda entry: _prepare(entry.path, paths), entries))
    # Photographs without the given geometry are counted, with the reason, where photographs are measured.
    rows = [
        (-1 if entry.label is None else entry.label, row)
        for entry, row in zip(entries, prepared, strict=True)
        if _geometry(given) in row
    ]
    kept = [key for key in paths if sum(key in row for _, row in rows) >= (1 - TOO_SMALL) * len(rows)]
    rows = [(label, row) for label, row in rows if all(key in row for key in kept)]
    crops = {key: torch.stack([row[key] for _, row in rows]) for key in kept} if rows else {}
    plain = crops.get(_geometry(given))
    changed = {key: c for key, c in crops.items() if key == _geometry(given) or not _equal(c, plain)}
    return changed, np.array([label for label, _ in rows], np.int64)


def _prepare(path: Path, paths: Mapping[_Geometry, InputPath]) -> dict[_Geometry, Tensor]:
    """One photograph on all geometries that it is large enough for."""
    found: dict[_Geometry, Tensor] = {}
    try:
        image = open_upright(path)
    except UnusableError:
        return found
    for key, input in paths.items():
        with suppress(UnusableError):
            found[key] = prepare(image, input)
    return found


def _equal(a: Tensor, b: Tensor | None) -> bool:
    return b is not None and torch.equal(a, b)
