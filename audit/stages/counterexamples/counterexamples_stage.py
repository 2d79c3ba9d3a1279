"""Stage: is the object without the part still answered as the class, and is the part without the object?

A class that rests on something beside its object loses the object with that part. The user gives the
photographs that tell.
"""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from audit.images.png import png
from audit.photos import PhotoSet, read
from audit.photos.counterexample_folders import Counterexamples
from audit.records import CounterexampleKind, CounterexamplePicture, CounterexampleTest
from audit.records.counterexamples import KINDS
from audit.records.record import UnitBody
from audit.records.unit_records import CounterexamplesUnit, Items, UnitRecord
from audit.stages.counterexamples.counterexample_answers import answered_so, counterexample_test, shown
from audit.stages.counterexamples.counterexamples_reduction import counterexample_tests
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, chunks


class CounterexamplesStage:
    """The counterexamples of one class at a time: one forward pass for each file."""

    name = "counterexamples"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "no"
    body: type[UnitBody] = CounterexamplesUnit

    def __init__(self, given: Counterexamples | None = None) -> None:
        """All that the run has, or those of one class."""
        self._given = given

    def parts(self, context: Context) -> list["CounterexamplesStage"]:
        """One for each class, with keys of its own: other files of one class compute nothing of another."""
        return [self] if self._given else [CounterexamplesStage(given) for given in context.counterexamples]

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Names and bytes of the files."""
        return {
            f"{given.class_index} {kind}": [(entry.name, entry.sha256) for entry in photos.entries]
            for given in self._own(context)
            for kind, photos in given.photos.items()
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """A class each; none where the run has no counterexamples."""
        return [(given.class_index,) for given in self._own(context)]

    def views(self, context: Context) -> float:
        """One forward pass for each file."""
        return FORWARD * self.files(context)

    def files(self, context: Context) -> int:
        """How many photographs are read."""
        return sum(len(photos.entries) for own in self._own(context) for photos in own.photos.values())

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Decode, ask, count, and keep a few pictures of each kind."""
        (given,) = (own for own in self._own(context) if own.class_index in items)
        spent, files = Spent(tick), dict[str, bytes]()
        tests = [
            _tested(context, kind, given.class_index, given.photos[kind], spent, files)
            for kind in KINDS
            if kind in given.photos
        ]
        return Computed(CounterexamplesUnit(tests=tests), spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The tests of all classes, each beside the class's own photographs."""
        return Reduced(run={"counterexamples": counterexample_tests(context, records)})

    def _own(self, context: Context) -> Sequence[Counterexamples]:
        return context.counterexamples if self._given is None else (self._given,)


def _tested(
    context: Context,
    kind: CounterexampleKind,
    class_index: int,
    photos: PhotoSet,
    tick: Tick,
    files: dict[str, bytes],
) -> CounterexampleTest:
    """The test of one kind; adds the pictures that it shows to `files`."""
    logits, used, skipped = _asked(context, photos, tick)
    found = answered_so(logits, class_index, context.classifier.task)
    places = shown(kind, found)
    entries = [photos.entries[used[place]] for place in places]
    crops = read(entries, context.classifier.input)
    assert not crops.skipped  # they were read before, and their bytes are the same
    examples: list[CounterexamplePicture] = []
    for place, entry, image in zip(places, entries, crops.images, strict=True):
        # By the file's bytes: its name may be anything.
        file = f"images/counterexamples/{entry.sha256[:16]}.png"
        files[file] = png(image)
        examples.append(
            CounterexamplePicture(
                file=file,
                name=entry.name,
                answered=found.answered[place],
                answer=found.answers[place],
                probability=found.probabilities[place],
            )
        )
    return counterexample_test(kind, class_index, found, skipped, examples)


@torch.no_grad()
def _asked(context: Context, photos: PhotoSet, tick: Tick) -> tuple[Tensor, list[int], Counter[str]]:
    """Logits `[n, k]` of the files that can be used, their indices, and reason → files left out."""
    classifier = context.classifier
    rows = [torch.zeros(0, len(classifier.classes))]
    used: list[int] = []
    skipped = Counter[str]()
    for batch in chunks(range(len(photos.entries)), context.config.photographs.batch):
        seen = read([photos.entries[index] for index in batch], classifier.input)
        skipped.update(seen.skipped.values())
        used += seen.indices
        if seen.indices:
            rows.append(classifier.logits(seen.images.to(classifier.device)).float().cpu())
        tick(FORWARD * len(seen.indices))
    return torch.cat(rows), used, skipped
