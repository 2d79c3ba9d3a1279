"""One factor at a time, then what helps on top of one another: scale, channel order, geometry, class list.

Coordinate search: each step is taken only where an exact sign test prefers it to the step before. A step that
another one makes needless stays in what it comes to, so the smallest set of changes that is not significantly
worse than the best is looked for among all parts of it.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.classifier.margins import probabilities
from audit.records import Preprocessing, PreprocessingTrials, Trial
from audit.records.estimates import expected_agreement, sign_test
from audit.stages.preprocessing import class_orders as class_lists
from audit.stages.preprocessing.alternatives import (
    describe,
    differences,
    flags,
    geometries,
    lesser,
    orders,
    scales,
)
from audit.stages.preprocessing.geometries import Geometry, geometry
from audit.stages.stage import FORWARD, Context, Spent, Tick

HELPS = 0.01
"""One-sided p below which a step of the search is taken and a class list is written."""
ROUNDS = 2
"""A channel order can hide a scale and the other way round: what did not help first may help later."""
MOST = 40
"""Paths that the search comes to at most where the class list is right."""

FACTORS = {"scale": scales, "channel order": orders, "geometry": geometries}
Factor = Callable[[Preprocessing, Preprocessing], list[Preprocessing]]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """What the network answers on all photographs, on one path."""

    probabilities: NDArray[np.float32]

    @cached_property
    def first(self) -> NDArray[np.int64]:
        return self.probabilities.argmax(1)

    @cached_property
    def confidence(self) -> float:
        return float(self.probabilities.max(1).mean())


@dataclass(frozen=True, eq=False)
class ClassList:
    """A way to read outputs as classes."""

    name: str
    order: NDArray[np.int64]
    fitted: bool = False
    """Whether the photographs themselves gave the order: then each is judged by the other half."""

    def right(self, answers: Answers, labels: NDArray[np.int64]) -> Bools:
        if self.fitted:
            return class_lists.right_when_assigned(answers.probabilities, labels)
        return self.order[answers.first] == labels


class Search:
    """The trials of one sample."""

    def __init__(
        self,
        context: Context,
        crops: dict[Geometry, Tensor],
        labels: NDArray[np.int64] | None,
        tick: Tick,
    ) -> None:
        self.context, self.crops, self.labels = context, crops, labels
        self.spent = Spent(tick)
        self.given = context.classifier.input
        self.network = context.classifier.folded()  # asked about its answers only, and often
        self.answers: list[tuple[Preprocessing, Answers]] = []
        self.trials: list[Trial] = []
        self.tried: list[tuple[Preprocessing, ClassList]] = []
        """Of each trial."""
        self.file: str | None = None
        self.files: dict[str, bytes] = {}
        count = len(context.classifier.classes)
        self.given_list = ClassList("class list as given", np.arange(count))
        known = class_lists.known(context.classifier.classes)
        self.known_lists = [ClassList(name, order) for name, order in known]
        self.as_given = self.right(self.given, self.given_list)

    def run(self) -> tuple[PreprocessingTrials, dict[str, bytes]]:
        """All trials, the first one "as given", and the files that they name."""
        self.record("as given", "as given", self.given, self.given_list)
        for kind, factor in FACTORS.items():
            for path in self.possible(factor, self.given):
                self.record(describe(path, self.given), kind, path, self.given_list)
        if self.labels is not None:
            end = self.walk(self.given, self.given_list)
            # A wrong order of channels can look like a wrong list; the list is blamed for what is left only.
            start, labels = self.best_list(at_least=int(self.right(end, self.given_list).sum()) + 1)
            if labels is not self.given_list:
                end = self.walk(start, labels)
            self.record_lists(labels)
            self.combine(end, labels)
            self.combine(*self.smallest(end, labels))
            self.compare()
        trials = PreprocessingTrials(
            photographs=len(next(iter(self.crops.values()))),
            labelled=self.labels is not None,
            trials=self.trials,
            classes_file=self.file,
        )
        return trials, self.files

    def best_list(self, at_least: int) -> tuple[Preprocessing, ClassList]:
        """The class list that fits better and makes so many photographs right, written to a file, and the
        path on which it does: as given, else any that was tried. Where none does, all as given."""
        best = self.fitting([self.given], at_least)
        if best is None:
            best = self.fitting([path for path, _ in self.answers], at_least)
        if best is None:
            return self.given, self.given_list
        self.file, content = class_lists.written(self.context.classifier.classes, best[1].order)
        self.files[self.file] = content
        return best

    def fitting(
        self, paths: Sequence[Preprocessing], at_least: int
    ) -> tuple[Preprocessing, ClassList] | None:
        """The best path and list of all pairs; None where it is no better for certain among so many."""
        pairs = [(path, labels) for path in paths for labels in self.lists(path)]
        if not pairs:
            return None
        rights = [self.right(path, labels) for path, labels in pairs]
        best = max(range(len(pairs)), key=lambda i: int(rights[i].sum()))
        fits = self.helps(rights[best], self.as_given, among=len(pairs))
        return pairs[best] if fits and int(rights[best].sum()) >= at_least else None

    def lists(self, path: Preprocessing) -> list[ClassList]:
        """Class lists in other orders; the one that the photographs name, by the answers on this path."""
        assert self.labels is not None
        found = list(self.known_lists)
        if class_lists.can_assign(self.labels, len(self.given_list.order)):
            order = class_lists.assigned(self.look(path).probabilities, self.labels)
            found.append(ClassList("outputs assigned to classes by the photographs", order, fitted=True))
        return found

    def record_lists(self, fits: ClassList) -> None:
        """A trial for each class list, on the path as given."""
        for one in self.lists(self.given):
            written = np.array_equal(one.order, fits.order) and one.name == fits.name
            self.record(one.name, "labels", self.given, one, fits=written)

    def walk(self, start: Preprocessing, labels: ClassList) -> Preprocessing:
        """Step by step to a better path."""
        path = start
        for _ in range(ROUNDS):
            before = path
            for factor in FACTORS.values():
                path = self.step(factor, path, labels)
            if path == before:
                break
        return path

    def smallest(self, path: Preprocessing, labels: ClassList) -> tuple[Preprocessing, ClassList]:
        """The fewest changes with which no significantly fewer photographs are right than with the best.

        Among all that was tried and all parts of the changes that the search came to; of as many changes the
        one with most right answers.
        """
        both = [self.given_list] if labels is self.given_list else [self.given_list, labels]
        parts = [one for one in lesser(path, self.given) if geometry(one) in self.crops]
        ways = [(one, each) for one in (path, *parts) for each in both] + self.tried
        best = self.right(*max(ways, key=self.merit))
        enough = [way for way in ways if not self.helps(best, self.right(*way))]
        return min(enough, key=lambda way: (self.changes(*way), *(-value for value in self.merit(way))))

    def merit(self, way: tuple[Preprocessing, ClassList]) -> tuple[int, float]:
        """Photographs that are right, and among equals how sure the answers are."""
        return int(self.right(*way).sum()), self.look(way[0]).confidence

    def changes(self, path: Preprocessing, labels: ClassList) -> int:
        """How many things are other than as given."""
        return len(differences(path, self.given)) + (labels is not self.given_list)

    def compare(self) -> None:
        """Say of each trial on which photographs it and the best one differ."""
        rights = [self.right(*way) for way in self.tried]
        best = self.right(*max(self.tried, key=self.merit))
        self.trials = [
            trial.model_copy(
                update={"best_only": int((best & ~right).sum()), "own_only": int((right & ~best).sum())}
            )
            for trial, right in zip(self.trials, rights, strict=True)
        ]

    def combine(self, path: Preprocessing, labels: ClassList) -> None:
        """Record what the search came to, unless it was tried before."""
        fitted = labels is not self.given_list
        if path != self.given and (path, labels) not in self.tried:
            parts = [labels.name] if fitted else []
            name = "; ".join([*parts, describe(path, self.given)])
            self.record(name, "combination", path, labels, fits=fitted)

    def step(self, factor: Factor, path: Preprocessing, labels: ClassList) -> Preprocessing:
        """The factor's best alternative to `path` where it helps, else `path`."""
        best = max(self.possible(factor, path), key=lambda other: self.merit((other, labels)), default=path)
        return best if self.helps(self.right(best, labels), self.right(path, labels)) else path

    def possible(self, factor: Factor, path: Preprocessing) -> list[Preprocessing]:
        """The factor's alternatives to `path` that the photographs were prepared for."""
        return [other for other in factor(path, self.given) if geometry(other) in self.crops]

    def helps(self, right: Bools, before: Bools, among: int = 1) -> bool:
        """Whether one way, the best of so many, is better than another for certain."""
        gained, lost = int((right & ~before).sum()), int((before & ~right).sum())
        return gained > lost and sign_test(gained, lost) <= HELPS / among

    def record(
        self, name: str, kind: str, path: Preprocessing, labels: ClassList, *, fits: bool = False
    ) -> None:
        """Add a trial; `fits`: the class list was written, and is part of its flags."""
        words = [flags(path, self.given)]
        if fits and labels is not self.given_list and self.file is not None:
            words.append(f"--classes {shlex.quote(str(self.context.folder / self.file))}")
        right = self.right(path, labels)
        known = self.labels is not None
        self.tried.append((path, labels))
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
                    "changes": self.changes(path, labels),
                    "by_chance": self.by_chance(path, labels),
                }
            )
        )

    def right(self, path: Preprocessing, labels: ClassList) -> Bools:
        """Which photographs are answered right, `[n]`; none without labels."""
        answers = self.look(path)
        if self.labels is None:
            return np.zeros(len(answers.first), np.bool_)
        return labels.right(answers, self.labels)

    def by_chance(self, path: Preprocessing, labels: ClassList) -> float | None:
        """Share that is right where answers as frequent as these have nothing to do with the labels.

        None where all labels are one class: its name and its answers cannot be told to belong together.
        """
        if self.labels is None:
            return None
        return expected_agreement(self.labels.tolist(), labels.order[self.look(path).first].tolist())

    def look(self, path: Preprocessing) -> Answers:
        """The answers on a path; computed once."""
        known = next((answers for seen, answers in self.answers if seen == path), None)
        if known is None:
            known = Answers(self._probabilities(path))
            self.answers.append((path, known))
        return known

    def _probabilities(self, path: Preprocessing) -> NDArray[np.float32]:
        classifier = self.network.seen_as(path)
        found: list[Tensor] = []
        with torch.no_grad():
            for batch in self.crops[geometry(path)].split(self.context.config.photographs.batch):
                # A scale far off may overflow; such an answer is merely wrong.
                logits = classifier.logits(batch.to(classifier.device).float() / 255).nan_to_num()
                found.append(probabilities(logits, classifier.task).cpu())
                self.spent(len(batch) * FORWARD)
        return torch.cat(found).numpy()
