"""Records of counterexamples → the run's tests, with what their folders and the class's photographs say."""

from collections import Counter
from collections.abc import Sequence

from audit.classifier.model import Task
from audit.records import CounterexampleTest, Photograph, Proportion
from audit.records.unit_records import CounterexamplesUnit, PhotographsUnit, UnitRecord
from audit.stages.stage import Context, bodies


def counterexample_tests(context: Context, records: Sequence[UnitRecord]) -> list[CounterexampleTest]:
    """By class and kind, in the order of the classes; empty where the run had none."""
    tests = {
        (test.class_index, test.kind): test
        for body in bodies(records, CounterexamplesUnit)
        for test in body.tests
    }
    found: list[CounterexampleTest] = []
    for given in context.counterexamples:
        scale = _own_photographs(context, records, given.class_index)
        for kind, photos in given.photos.items():
            test = tests[given.class_index, kind]
            skipped = Counter(photos.skipped) + Counter(test.skipped)
            added = {"source": photos.source, "found": photos.found, "skipped": dict(skipped.most_common())}
            found.append(test.model_copy(update={**added, "photographs": scale}))
    return found


def _own_photographs(context: Context, records: Sequence[UnitRecord], class_index: int) -> Proportion | None:
    """How many of the class's ordinary photographs are answered as it; None without any that have a label."""
    own = [
        photograph
        for body in bodies(records, PhotographsUnit)
        for photograph in body.photographs
        if photograph.label == class_index
    ]
    if not own:
        return None
    return Proportion.of(sum(_answered(p, context.classifier.task) for p in own), len(own))


def _answered(photograph: Photograph, task: Task) -> bool:
    """As its label: its first answer, or with independent labels a logit above 0."""
    if not photograph.finite:
        return False
    if task == "multi-label":
        return photograph.probability is not None and photograph.probability > 0.5
    return photograph.rank == 1
