"""Stage: how small a change of an image flips the answer.

Attacked are photographs, or the chosen class pictures where a run has none; only images that the plain
network answers rightly, and only flips that it confirms, count.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from audit.attacks import Found, attack_images, fixed_epsilon_pgd
from audit.attacks.minimum_norm_pgd import search_steps
from audit.attacks.pgd import STEPS
from audit.attacks.reference_model import to_pixels
from audit.classifier.generators import generator
from audit.classifier.model import Task
from audit.image_stats import measure
from audit.images.png import read_picture
from audit.photos import read
from audit.records import Photograph
from audit.records.record import UnitBody
from audit.records.unit_records import AttackedImage, AttackedUnit, Items, PhotographsUnit, UnitRecord
from audit.stages.artifacts import chosen_natural, number
from audit.stages.robustness.attack_records import Confirmed, Offered, attacked, confirm, example, failed
from audit.stages.robustness.chosen_attacks import DEFAULT, ChosenAttack, chosen_attacks, measures
from audit.stages.robustness.robustness_reduction import robustness
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, chunks, even_sample
from audit.text import one_line

MEASURED = 64
"""Images of a run, about, whose statistics are taken before and after: 20 ms each at 224 px."""


class Robustness:
    """Batches of images, each attacked at its own pace."""

    name = "robustness"
    version = 4
    inputs: tuple[str, ...] = ("photographs", "pictures")
    together: Together = "no"
    body: type[UnitBody] = AttackedUnit

    def __init__(self, attack: str | None = None) -> None:
        """All attacks of the configuration, or one of them."""
        self._attack = attack

    def parts(self, context: Context) -> list["Robustness"]:
        """One for each attack, with keys of its own: another attack computes nothing else anew."""
        chosen = self._chosen(context)
        return [Robustness(each.name) for each in chosen] if len(chosen) > 1 else [self]

    def of(self, context: Context) -> Items:
        """Photographs where there are any, else classes."""
        return "classes" if context.photos is None else "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, as far as its attacks depend on it. What an attack finds depends
        neither on how many images there are nor on which statistics: a new statistic is missing on images
        that were attacked before it."""
        config = context.config.robustness
        return {
            "robustness": config.model_dump(exclude={"attacks", "epsilons", "epsilons_l2"}),
            "attacks": {chosen.name: chosen.settings(config) for chosen in self._chosen(context)},
            "measured": self._measured(context),
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches of an even sample."""
        config = context.config.robustness
        chosen = self._chosen(context)
        if not config.images or not any(each.epsilons(config) for each in chosen):
            return []
        if context.photos is None:
            return chunks(even_sample(context.classes, config.images), config.batch)
        return chunks(context.photos.even(config.images), config.batch)

    def views(self, context: Context) -> float:
        """An estimate for a network without defence; an adversarially trained one takes about three times it.

        The search, a tenth of a descent, three forward passes, and the sample that is measured. Of an attack
        from elsewhere it is a descent at each distance.
        """
        config = context.config.robustness
        images = sum(len(unit) for unit in self.units(context))
        each = STEPS * min(1.0, _share(context, MEASURED)) if self._measured(context) else 0.0
        for chosen in self._chosen(context):
            own = search_steps(config.steps) + config.steps / 10
            each += own if chosen.name == DEFAULT else config.steps * len(chosen.epsilons(config))
            each += 3 * FORWARD
        return images * each

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Attack, then ask the plain network about every flip."""
        config, task = context.config.robustness, context.classifier.task
        spent = Spent(tick)
        tried, offered = _offered(items, context, inputs)
        certain = [context.plain.certainty(to_pixels(o.image), o.label) for o in offered]
        right = [(o, before) for o, before in zip(offered, certain, strict=True) if before is not None]
        spent(FORWARD * len(offered))
        own = [o for o, _ in right]
        confirmed: list[list[Confirmed]] = [[] for _ in own]
        for chosen in self._chosen(context):
            outcomes = _attacked(chosen, own, context, spent)
            for o, each, outcome in zip(own, confirmed, outcomes, strict=True):
                if isinstance(outcome, str):
                    each.append(failed(chosen, outcome))
                else:
                    each.append(confirm(context.plain, o, chosen, outcome, task))
                    spent(FORWARD * len(outcome.candidates))
        measured = _statistics(context, own, spent) if self._measured(context) else {}
        found: dict[int, AttackedImage] = {}
        files: dict[str, bytes] = {}
        for (o, before), each in zip(right, confirmed, strict=True):
            natural, changed = measured.get(o.index, ({}, {}))
            kept = None
            if _lot(context, o, "example") < _share(context, 2 * config.examples):
                kept = example(o, each, before)
            if kept:
                files.update(kept[1])
            found[o.index] = AttackedImage(
                item=o.index,
                attacked=attacked(o, each),
                example=kept[0] if kept else None,
                before=natural,
                after=changed,
            )
        body = AttackedUnit(
            images=[found.get(item) or AttackedImage(item=item, attacked=None) for item in tried],
            measured_epsilon=max(config.epsilons, default=0.0),
        )
        return Computed(body, spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """What small changes do to the answers."""
        return Reduced(run={"robustness": robustness(context, records)})

    def _chosen(self, context: Context) -> list[ChosenAttack]:
        everything = chosen_attacks(context.config.robustness)
        return [each for each in everything if self._attack in (None, each.name)]

    def _measured(self, context: Context) -> float | None:
        """The distance at which statistics are taken; None where they are taken beside another attack."""
        config = context.config.robustness
        if not any(measures(chosen.name, config) for chosen in self._chosen(context)):
            return None
        return max(config.epsilons, default=None)


def _attacked(
    chosen: ChosenAttack, offered: Sequence[Offered], context: Context, tick: Tick
) -> list[Found] | list[str]:
    """What the attack finds on each image, or for each why it did not end."""
    if chosen.attack is None:
        return [chosen.error or "cannot be had"] * len(offered)
    images = torch.stack([o.image for o in offered]) if offered else torch.zeros(0)
    labels, keys = [o.label for o in offered], [o.key for o in offered]
    config, seed = context.config.robustness, context.config.seed
    # Foreign code may raise anything; it is an error of that attack, and the others go on.
    try:
        return attack_images(chosen.attack, context.classifier, images, labels, keys, config, seed, tick)
    except Exception as error:
        return [one_line(error)] * len(offered)


def _share(context: Context, wanted: int) -> float:
    """Of the images that are attacked, so that about so many of them are chosen by lot."""
    config = context.config.robustness
    there = len(context.classes) if context.photos is None else len(context.photos.entries)
    return wanted / max(1, min(config.images, there))


def _lot(context: Context, offered: Offered, what: str) -> float:
    """In [0, 1), of the image itself: the others of a run do not decide which are chosen."""
    random = generator(context.config.seed, f"robustness {what}", offered.key)
    return float(torch.rand((), generator=random))


def _offered(
    items: Sequence[int], context: Context, inputs: Sequence[UnitRecord]
) -> tuple[list[int], list[Offered]]:
    """Items of the images there are, and those whose record says that they are answered as their label."""
    if context.photos is None:
        chosen = chosen_natural(inputs, items).values()
        channels = context.classifier.input.channels
        return [p.class_index for p in chosen], [
            Offered(read_picture(context.folder / p.file, channels), p.class_index, p.class_index, p.file)
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
        Offered(image, labels[index], index, None, entries[index].sha256, index in loaded.enlarged)
        for index, image in pairs
    ]


def _answered(photograph: Photograph, task: Task) -> bool:
    """Whether the record says that the photograph is answered as its label."""
    if task == "multi-label":
        return photograph.probability is not None and photograph.probability >= 0.5
    return photograph.label == photograph.answer.class_index


def _statistics(
    context: Context, offered: Sequence[Offered], tick: Tick
) -> dict[int, tuple[dict[str, float | None], dict[str, float | None]]]:
    """Of a few images that flip within the largest epsilon: item → before and there.

    Of none that was enlarged: what is natural in fine detail, it has lost.
    """
    share = _share(context, MEASURED)
    some = [o for o in offered if not o.enlarged and _lot(context, o, "statistics") < share]
    if not some:
        return {}
    epsilon = max(context.config.robustness.epsilons)
    images = torch.stack([o.image for o in some])
    flipped, changed = fixed_epsilon_pgd(context.classifier, images, [o.label for o in some], epsilon, tick)
    if not flipped.any():
        return {}
    before, after = measure(images[flipped]), measure(changed[flipped])
    rows = [o.index for o, flips in zip(some, flipped.tolist(), strict=True) if flips]
    return {item: (_row(before, i), _row(after, i)) for i, item in enumerate(rows)}


def _row(columns: Mapping[str, np.ndarray], i: int) -> dict[str, float | None]:
    return {name: number(values[i]) for name, values in columns.items()}
