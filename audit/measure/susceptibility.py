"""Stage: how small a change of an image flips the answer.

Attacked are photographs, or the chosen class pictures where a run has none; only images that the plain
network answers rightly, and only flips that it confirms, count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.attacks import Outcome, Plain, attack, strongest
from audit.attacks.cascade import search_steps
from audit.attacks.recheck import to_pixels
from audit.attacks.strongest import STEPS
from audit.classifier.model import Task
from audit.measure.measured import png
from audit.measure.saved import chosen_natural, number, photograph_file, read_picture
from audit.measure.stage import FORWARD, Computed, Context, Spent, Tick, chunks
from audit.measure.unconstrained import even_sample
from audit.photos import read
from audit.results import AdversarialExample, Attacked, Photograph
from audit.results.units import AttackedUnit, Items, PhotographsUnit, UnitRecord
from audit.statistics import STATISTICS, measure

MEASURED = 4
"""Images per unit whose statistics are taken before and after: 20 ms each at 224 px."""


@dataclass(frozen=True)
class _Offered:
    """An image that the earlier record says is answered as its label."""

    image: Tensor
    """`[c, h, w]`."""
    label: int
    key: int
    """Index of the photograph, or of the class whose picture it is."""
    picture: str | None

    @property
    def photograph(self) -> int | None:
        return self.key if self.picture is None else None

    @property
    def file(self) -> str:
        """Where the image before stands."""
        return self.picture or photograph_file(self.key)


@dataclass(frozen=True)
class _Confirmed:
    """What the plain network says after the attack."""

    offered: _Offered
    attacked: Attacked
    adversarial: Tensor | None
    """At the smallest level that flips."""
    before: float
    """Probability of the label on the image itself."""


class Susceptibility:
    """Batches of images, each attacked at its own pace."""

    name = "susceptibility"
    version = 3
    inputs: tuple[str, ...] = ("photographs", "pictures")

    def of(self, context: Context) -> Items:
        """Photographs where there are any, else classes."""
        return "classes" if context.photos is None else "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration; examples are dealt out over all units."""
        return {
            "susceptibility": context.config.susceptibility.model_dump(),
            "units": len(self.units(context)),
            "statistics": sorted(STATISTICS),
        }

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Batches of an even sample."""
        config = context.config.susceptibility
        if not config.images or not config.levels:
            return []
        if context.photos is None:
            return chunks(even_sample(context.classes, config.images), config.batch)
        return chunks(context.photos.even(config.images), config.batch)

    def views(self, context: Context) -> float:
        """An estimate for a network without defence; an adversarially trained one takes about three times it.

        The search, a tenth of a descent, three forward passes, and the sample that is measured.
        """
        config = context.config.susceptibility
        images = sum(len(unit) for unit in self.units(context))
        each = search_steps(config) + config.steps / 10 + 3 * FORWARD + STEPS * MEASURED / config.batch
        return images * each

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Attack, then ask the plain network about every flip."""
        config, classifier = context.config.susceptibility, context.classifier
        spent = Spent(tick)
        tried, offered = _offered(items, context, inputs)
        plain = Plain(classifier)
        sure = [plain.certainty(to_pixels(o.image), o.label) for o in offered]
        right = [(o, before) for o, before in zip(offered, sure, strict=True) if before is not None]
        spent(FORWARD * len(offered))
        images = torch.stack([o.image for o, _ in right]) if right else torch.zeros(0)
        labels = [o.label for o, _ in right]
        keys = [o.key for o, _ in right]
        outcomes = attack(classifier, images, labels, keys, config, context.config.seed, spent)
        confirmed, unconfirmed = list[_Confirmed](), 0
        for (o, before), outcome in zip(right, outcomes, strict=True):
            answer, misses = _confirm(plain, o, before, outcome, classifier.task)
            spent(FORWARD * len(outcome.candidates))
            confirmed.append(answer)
            unconfirmed += misses
        natural, changed = _statistics(context, images, labels, spent)
        examples, files = _examples(confirmed, self._quota(items, context))
        body = AttackedUnit(
            tried=tried,
            attacked=[c.attacked for c in confirmed],
            unconfirmed=unconfirmed,
            flat=sum(outcome.flat for outcome in outcomes),
            examples=examples,
            before=natural,
            after=changed,
            measured_level=max(config.levels),
        )
        return Computed(body, spent.views, files)

    def _quota(self, items: Sequence[int], context: Context) -> int:
        """Examples that this unit may keep: all units together keep as many as are wanted."""
        units, wanted = self.units(context), context.config.susceptibility.examples
        place = units.index(tuple(items))
        return (place + 1) * wanted // len(units) - place * wanted // len(units)


def _offered(
    items: Sequence[int], context: Context, inputs: Sequence[UnitRecord]
) -> tuple[int, list[_Offered]]:
    """How many images there are, and those whose record says that they are answered as their label."""
    if context.photos is None:
        chosen = chosen_natural(inputs, items).values()
        channels = context.classifier.input.channels
        return len(chosen), [
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
    return len(known), [_Offered(image, labels[index], index, None) for index, image in pairs]


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
    context: Context, images: Tensor, labels: Sequence[int], tick: Tick
) -> tuple[dict[str, list[float | None]], dict[str, list[float | None]]]:
    """Of a few images, before and at the largest level; of those that flip there."""
    if not len(labels):
        return {}, {}
    rows = list(even_sample(range(len(labels)), MEASURED))
    level = max(context.config.susceptibility.levels)
    flipped, changed = strongest(context.classifier, images[rows], [labels[i] for i in rows], level, tick)
    if not flipped.any():
        return {}, {}
    return _columns(images[rows][flipped]), _columns(changed[flipped])


def _columns(images: Tensor) -> dict[str, list[float | None]]:
    return {name: [number(v) for v in values] for name, values in measure(images).items()}


def _examples(
    confirmed: Sequence[_Confirmed], quota: int
) -> tuple[list[AdversarialExample], Mapping[str, bytes]]:
    """An even choice of the flipped images, with their files."""
    examples: list[AdversarialExample] = []
    files: dict[str, bytes] = {}
    places = [i for i, c in enumerate(confirmed) if c.adversarial is not None]
    for c in (confirmed[i] for i in even_sample(places, quota)):
        offered, found = c.offered, c.attacked
        assert c.adversarial is not None
        assert found.level is not None
        assert found.probability is not None
        file = f"images/adversarial/{offered.key:06d}.png"
        files[file] = png(c.adversarial)
        if offered.picture is None:
            files[offered.file] = png(offered.image)
        examples.append(
            AdversarialExample(
                label=offered.label,
                into=found.into,
                level=found.level,
                photograph=offered.photograph,
                original=offered.file,
                file=file,
                origin="natural" if offered.picture is None else "synthesised",
                probability_before=c.before,
                probability_after=found.probability,
            )
        )
    return examples, files
