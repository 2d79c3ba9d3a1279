"""Stage: how small a change of an image flips the answer.

Attacked are photographs, or the chosen class pictures where a run has none; only images that the plain
network answers rightly, and only flips that it confirms, count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audit.attacks import Outcome, Plain, attack, strongest
from audit.attacks.cascade import search_steps
from audit.attacks.pgd import STEPS
from audit.attacks.reference_model import to_pixels
from audit.classifier.generators import generator
from audit.classifier.model import Task
from audit.image_stats import measure
from audit.images.png import png, read_picture
from audit.photos import read
from audit.records import AdversarialExample, Attacked, Photograph
from audit.records.record import UnitBody
from audit.records.unit_records import AttackedImage, AttackedUnit, Items, PhotographsUnit, UnitRecord
from audit.stages.artifacts import chosen_natural, number, photograph_file
from audit.stages.robustness.robustness_reduction import robustness
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, chunks, even_sample

MEASURED = 64
"""Images of a run, about, whose statistics are taken before and after: 20 ms each at 224 px."""


@dataclass(frozen=True)
class _Offered:
    """An image that the earlier record says is answered as its label."""

    image: Tensor
    """`[c, h, w]`."""
    label: int
    index: int
    """Of the photograph, or of the class whose picture it is."""
    picture: str | None
    sha256: str = ""
    """Of the photograph's file."""

    @property
    def photograph(self) -> int | None:
        return self.index if self.picture is None else None

    @property
    def key(self) -> int:
        """Fixes the random numbers; other photographs beside it move it, and do not change this."""
        return self.index if self.picture else int(self.sha256[:15], 16)

    @property
    def name(self) -> str:
        """Of its adversarial version."""
        return f"{self.index:06d}" if self.picture else self.sha256[:16]

    @property
    def file(self) -> str:
        """Where the image before stands."""
        return self.picture or photograph_file(self.sha256)


@dataclass(frozen=True)
class _Confirmed:
    """What the plain network says after the attack."""

    offered: _Offered
    attacked: Attacked
    adversarial: Tensor | None
    """At the smallest level that flips."""
    before: float
    """Probability of the label on the image itself."""


class Robustness:
    """Batches of images, each attacked at its own pace."""

    name = "robustness"
    version = 3
    inputs: tuple[str, ...] = ("photographs", "pictures")
    together: Together = "no"
    body: type[UnitBody] = AttackedUnit

    def of(self, context: Context) -> Items:
        """Photographs where there are any, else classes."""
        return "classes" if context.photos is None else "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration. What an attack finds depends neither on how many images there are
        nor on which statistics: a new statistic is missing on images that were attacked before it."""
        return {"robustness": context.config.robustness.model_dump()}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches of an even sample."""
        config = context.config.robustness
        if not config.images or not config.levels:
            return []
        if context.photos is None:
            return chunks(even_sample(context.classes, config.images), config.batch)
        return chunks(context.photos.even(config.images), config.batch)

    def views(self, context: Context) -> float:
        """An estimate for a network without defence; an adversarially trained one takes about three times it.

        The search, a tenth of a descent, three forward passes, and the sample that is measured.
        """
        config = context.config.robustness
        images = sum(len(unit) for unit in self.units(context))
        each = (
            search_steps(config)
            + config.steps / 10
            + 3 * FORWARD
            + STEPS * min(1.0, _share(context, MEASURED))
        )
        return images * each

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Attack, then ask the plain network about every flip."""
        config, classifier = context.config.robustness, context.classifier
        spent = Spent(tick)
        tried, offered = _offered(items, context, inputs)
        sure = [context.plain.certainty(to_pixels(o.image), o.label) for o in offered]
        right = [(o, before) for o, before in zip(offered, sure, strict=True) if before is not None]
        spent(FORWARD * len(offered))
        images = torch.stack([o.image for o, _ in right]) if right else torch.zeros(0)
        labels = [o.label for o, _ in right]
        keys = [o.key for o, _ in right]
        outcomes = attack(classifier, images, labels, keys, config, context.config.seed, spent)
        measured = _statistics(context, [o for o, _ in right], spent)
        found: dict[int, AttackedImage] = {}
        files: dict[str, bytes] = {}
        for (o, before), outcome in zip(right, outcomes, strict=True):
            answer, misses = _confirm(context.plain, o, before, outcome, classifier.task)
            spent(FORWARD * len(outcome.candidates))
            natural, changed = measured.get(o.index, ({}, {}))
            example = None
            if answer.adversarial is not None and _lot(context, o, "example") < _share(
                context, 2 * config.examples
            ):
                example, own = _example(answer)
                files.update(own)
            found[o.index] = AttackedImage(
                item=o.index,
                attacked=answer.attacked,
                unconfirmed=misses,
                flat=outcome.flat,
                example=example,
                before=natural,
                after=changed,
            )
        body = AttackedUnit(
            images=[found.get(item) or AttackedImage(item=item, attacked=None) for item in tried],
            measured_level=max(config.levels),
        )
        return Computed(body, spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """What small changes do to the answers."""
        return Reduced(run={"robustness": robustness(context, records)})


def _share(context: Context, wanted: int) -> float:
    """Of the images that are attacked, so that about so many of them are chosen by lot."""
    config = context.config.robustness
    there = len(context.classes) if context.photos is None else len(context.photos.entries)
    return wanted / max(1, min(config.images, there))


def _lot(context: Context, offered: _Offered, what: str) -> float:
    """In [0, 1), of the image itself: the others of a run do not decide which are chosen."""
    random = generator(context.config.seed, f"robustness {what}", offered.key)
    return float(torch.rand((), generator=random))


def _offered(
    items: Sequence[int], context: Context, inputs: Sequence[UnitRecord]
) -> tuple[list[int], list[_Offered]]:
    """Items of the images there are, and those whose record says that they are answered as their label."""
    if context.photos is None:
        chosen = chosen_natural(inputs, items).values()
        channels = context.classifier.input.channels
        return [p.class_index for p in chosen], [
            _Offered(read_picture(context.folder / p.file, channels), p.class_index, p.class_index, p.file)
            for p in sorted(chosen, key=lambda p: p.class_index)
            # Labels that hold side by side have no first: there the plain network decides alone.
            if p.rank == 1 or context.classifier.task == "multi-label"
        ]
    bodies = [record.body for record in inputs if isinstance(record.body, PhotographsUnit)]
    records = {p.index: p for body in bodies for p in body.photographs}
    known = [records[i] for i in items if i in records]
    right = [p for p in known if p.finite and (p.label is None or _answered(p, context.classifier.task))]
    labels = {p.index: p.answer.class_index if p.label is None else p.label for p in right}
    loaded = read([context.photos.entries[i] for i in labels], context.classifier.input)
    pairs = zip(loaded.indices, loaded.images, strict=True)
    entries = context.photos.entries
    return [p.index for p in known], [
        _Offered(image, labels[index], index, None, entries[index].sha256) for index, image in pairs
    ]


def _answered(photograph: Photograph, task: Task) -> bool:
    """Whether the record says that the photograph is answered as its label."""
    if task == "multi-label":
        return photograph.probability is not None and photograph.probability >= 0.5
    return photograph.label == photograph.answer.class_index


def _confirm(
    plain: Plain, offered: _Offered, before: float, outcome: Outcome, task: Task
) -> tuple[_Confirmed, int]:
    """The smallest level whose image the plain network confirms, and how many flips it does not."""
    label, misses = offered.label, 0
    level = into = probability = adversarial = None
    finite = True
    for candidate in outcome.candidates:
        flipped, other, certainty, own = plain.answer(to_pixels(candidate.image), label)
        if not flipped:
            misses += 1
        elif level is None:
            finite = math.isfinite(own)
            independent = task == "multi-label"
            level, adversarial = candidate.level, candidate.image
            probability = own if independent else certainty
            into = other if finite and not independent else None
    attacked = Attacked(
        photograph=offered.photograph,
        picture=offered.picture,
        label=label,
        level=level,
        epsilon=outcome.epsilon,
        into=into,
        probability=probability,
        finite=finite,
        views=outcome.views + FORWARD * (1 + len(outcome.candidates)),
    )
    return _Confirmed(offered, attacked, adversarial, before), misses


def _statistics(
    context: Context, offered: Sequence[_Offered], tick: Tick
) -> dict[int, tuple[dict[str, float | None], dict[str, float | None]]]:
    """Of a few images that flip at the largest level: item → before and at that level."""
    share = _share(context, MEASURED)
    some = [o for o in offered if _lot(context, o, "statistics") < share]
    if not some:
        return {}
    level = max(context.config.robustness.levels)
    images = torch.stack([o.image for o in some])
    flipped, changed = strongest(context.classifier, images, [o.label for o in some], level, tick)
    if not flipped.any():
        return {}
    before, after = measure(images[flipped]), measure(changed[flipped])
    rows = [o.index for o, flips in zip(some, flipped.tolist(), strict=True) if flips]
    return {item: (_row(before, i), _row(after, i)) for i, item in enumerate(rows)}


def _row(columns: Mapping[str, np.ndarray], i: int) -> dict[str, float | None]:
    return {name: number(values[i]) for name, values in columns.items()}


def _example(confirmed: _Confirmed) -> tuple[AdversarialExample, Mapping[str, bytes]]:
    """A flipped image with its files."""
    offered, found = confirmed.offered, confirmed.attacked
    assert confirmed.adversarial is not None
    assert found.level is not None
    assert found.probability is not None
    file = f"images/adversarial/{offered.name}.png"
    files = {file: png(confirmed.adversarial)}
    if offered.picture is None:
        files[offered.file] = png(offered.image)
    example = AdversarialExample(
        label=offered.label,
        into=found.into,
        level=found.level,
        photograph=offered.photograph,
        original=offered.file,
        file=file,
        origin="natural" if offered.picture is None else "synthesised",
        probability_before=confirmed.before,
        probability_after=found.probability,
    )
    return example, files
