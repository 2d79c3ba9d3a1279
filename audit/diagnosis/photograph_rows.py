"""Rows of the photographs, and whether the network answers a few of them better than chance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from audit.classifier.model import Classifier
from audit.diagnosis.diagnosis import USER, Row, rows
from audit.photos import PhotoSet, read
from audit.photos.counterexample_folders import Counterexamples
from audit.records import CounterexampleKind, Proportion
from audit.records.estimates import expected_agreement
from audit.text import few, plural, quoted

SAMPLE = 64
"""Photographs that are answered, at most."""
BATCH = 16
NONE = -1
"""Stands for an answer that is not finite, and is no class."""
COUNTEREXAMPLES: dict[CounterexampleKind, str] = {
    "object": "of the object without the part",
    "part": "of the part without the object",
}
AT_CHANCE = "at chance: untrained, or another class list or preprocessing"


@dataclass(frozen=True)
class Asked:
    """A few photographs and what the network answered."""

    labels: list[int | None]
    answers: list[int]
    skipped: dict[str, int]
    """Reason in words → photographs of the sample."""


def photograph_rows(photos: PhotoSet, classifier: Classifier) -> tuple[list[Row], list[str]]:
    """Rows, and what to warn of."""
    asked = ask(photos, classifier)
    tried = len(asked.answers) + sum(asked.skipped.values())
    said = [f"{len(photos.entries):,} of {plural(photos.found, 'file')}", *_reasons(photos.skipped)]
    decoded = [f"{len(asked.answers)} of {tried} decoded", *_reasons(asked.skipped)]
    lost = asked.answers.count(NONE)
    answered, warnings = _answered(asked, photos, classifier) if len(asked.answers) > lost else (None, [])
    entries: list[tuple[str, object, str] | None] = [
        ("folder", photos.source, USER),
        ("taken", ", ".join(said), "names and first bytes of the files"),
        _matched(photos, classifier),
        *(("note", note, "the folder") for note in photos.notes),
        ("sample", ", ".join(decoded), "as many of each class as of any"),
        ("not finite", f"the answers to {lost}", "the sample") if lost else None,
        answered or ("accuracy", "not known: no answer to any of the sample", "the sample"),
    ]
    return rows("photographs", entries), warnings


def counterexample_rows(given: Sequence[Counterexamples], classifier: Classifier) -> list[Row]:
    """How many counterexamples each class was given, and what was left out."""
    entries: list[tuple[str, object, str]] = []
    for own in given:
        name = quoted(classifier.classes[own.class_index].name)
        said = [
            ", ".join([f"{len(photos.entries):,} {COUNTEREXAMPLES[kind]}", *_reasons(photos.skipped)])
            for kind, photos in own.photos.items()
        ]
        source = next(photos.source for photos in own.photos.values())
        entries.append(("counterexamples", f"{name}: {'; '.join(said)}", f"{USER}: {source}"))
    return rows("photographs", entries)


def _answered(
    asked: Asked, photos: PhotoSet, classifier: Classifier
) -> tuple[tuple[str, object, str], list[str]]:
    """The row of the answers, and what to warn of."""
    if photos.kind == "own answers":
        given = Counter(answer for answer in asked.answers if answer != NONE)
        (common, count), n = given.most_common(1)[0], len(asked.answers)
        name = quoted(classifier.classes[common].name)
        warnings = [f"all {n} photographs of the sample are answered with {name}"] if count == n > 1 else []
        value = f"{plural(len(given), 'class')}; {name} for {count} of {n}"
        return ("answers", value, "the sample"), warnings
    right, chance = correct(asked), by_chance(asked, len(classifier.classes))
    beyond = right.interval[0] > chance
    warnings = [] if beyond else [f"accuracy on the photographs is {right}, {AT_CHANCE}"]
    value = f"{right}{'' if beyond else f'; {AT_CHANCE}'}"
    return ("accuracy", value, f"the sample; chance gives {chance:.1%}"), warnings


@torch.no_grad()
def ask(photos: PhotoSet, classifier: Classifier) -> Asked:
    """The network's first answers to at most `SAMPLE` photographs, spread evenly over the labels."""
    entries = [photos.entries[i] for i in photos.even(SAMPLE)]
    labels: list[int | None] = []
    answers: list[int] = []
    skipped = Counter[str]()
    for start in range(0, len(entries), BATCH):
        batch = read(entries[start : start + BATCH], classifier.input)
        skipped.update(batch.skipped.values())
        labels += [photos.entries[i].label for i in batch.indices]
        if batch.indices:
            logits = classifier.logits(batch.images.to(classifier.device))
            known = logits.isfinite().all(dim=1)
            answers += torch.where(known, logits.argmax(dim=1), NONE).tolist()
    return Asked(labels, answers, dict(skipped))


def correct(asked: Asked) -> Proportion:
    """Photographs whose first answer is their label."""
    pairs = zip(asked.labels, asked.answers, strict=True)
    return Proportion.of(sum(label == answer for label, answer in pairs), len(asked.answers))


def by_chance(asked: Asked, classes: int) -> float:
    """Share that is right by chance: of that many classes, or of answers as frequent as these, if more."""
    return max(1 / classes, expected_agreement(asked.labels, asked.answers) or 0.0)


def _matched(photos: PhotoSet, classifier: Classifier) -> tuple[str, object, str] | None:
    if photos.kind == "own answers":
        return (
            "classes",
            "not known: the folder is flat, the network's own answers serve as labels",
            "the folder",
        )
    have = {entry.label for entry in photos.entries}
    without = [quoted(label.name) for label in classifier.classes if label.index not in have]
    value = f"{len(have):,} of {len(classifier.classes):,} have photographs"
    return "classes", f"{value}; none of {few(without, 3)}" if without else value, "names of the folders"


def _reasons(skipped: Mapping[str, int]) -> list[str]:
    return [f"{count} {reason}" for reason, count in skipped.items()]
