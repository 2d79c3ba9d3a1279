"""Records of attacks → what small changes do to the network's answers."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from audit.image_stats import STATISTICS, Baseline
from audit.records import (
    Attacked,
    AttackOutcome,
    AttackSummary,
    ClassFlips,
    FlippedWithin,
    Proportion,
    Robustness,
    Shift,
)
from audit.records.unit_records import AttackedImage, AttackedUnit, UnitRecord
from audit.stages.robustness.chosen_attacks import ChosenAttack, chosen_attacks
from audit.stages.stage import Context, even_sample


def robustness(context: Context, records: Sequence[UnitRecord]) -> Robustness | None:
    """All attacks of the run together; None where the stage had no units."""
    bodies = [record.body for record in records if isinstance(record.body, AttackedUnit)]
    if not bodies:
        return None
    config = context.config.robustness
    chosen = chosen_attacks(config)
    order = {each.name: place for place, each in enumerate(chosen)}
    images = _joined([image for body in bodies for image in body.images], order)
    tried = len({image.item for body in bodies for image in body.images})
    attacked = [image.attacked for image in images if image.attacked]
    labelled = context.photos is not None and context.photos.kind == "labelled"
    by_label: dict[int, list[Attacked]] = {}
    for image in attacked:
        by_label.setdefault(image.label, []).append(image)
    flips = [worst for image in attacked if (worst := image.worst())]
    into = Counter(flip.predicted_after for flip in flips if flip.predicted_after is not None)
    examples = [image.example for image in images if image.example]
    return Robustness(
        source="class pictures" if context.photos is None else "photographs",
        tried=tried,
        correct=len(attacked),
        attacks=[_summary(each, attacked, context, tried if labelled else None) for each in chosen],
        flipped_within=_within(
            [image.of("linf") for image in attacked], config.epsilons, tried if labelled else None
        ),
        classes=[
            ClassFlips(
                class_index=label,
                enough=len(own) >= context.config.photographs.per_class,
                flipped_within=_within([image.of("linf") for image in own], config.epsilons),
                median_distance=_median([image.distance() for image in own if image.of("linf")]),
            )
            for label, own in sorted(by_label.items())
        ],
        predicted_after=sorted(into.items(), key=lambda pair: (-pair[1], pair[0])),
        median_distance=_median([image.distance() for image in attacked if image.of("linf")]),
        not_confirmed=sum(outcome.not_confirmed for image in attacked for outcome in image.outcomes),
        zero_gradient=sum(any(outcome.zero_gradient for outcome in image.outcomes) for image in attacked),
        not_finite=sum(not flip.finite for flip in flips),
        shifts=_shifts(images, bodies[0].measured_epsilon, context.baseline),
        examples=[examples[i] for i in even_sample(range(len(examples)), config.examples)],
        attacked=attacked,
    )


def _joined(images: Sequence[AttackedImage], order: Mapping[str, int]) -> list[AttackedImage]:
    """One record of each image, with the outcomes of all attacks and the example of the smallest epsilon."""
    by_item: dict[int, list[AttackedImage]] = {}
    for image in images:
        by_item.setdefault(image.item, []).append(image)
    joined: list[AttackedImage] = []
    for item, parts in sorted(by_item.items()):
        outcomes = [outcome for part in parts if part.attacked for outcome in part.attacked.outcomes]
        outcomes.sort(key=lambda outcome: order.get(outcome.attack, len(order)))
        first = next((part.attacked for part in parts if part.attacked), None)
        measured = next((part for part in parts if part.before), parts[0])
        # Examples of another norm stand behind: the figures are those of L∞.
        examples = sorted(
            (part.example for part in parts if part.example),
            key=lambda each: (each.norm != "linf", each.epsilon, order.get(each.attack, len(order))),
        )
        joined.append(
            AttackedImage(
                item=item,
                attacked=first and first.model_copy(update={"outcomes": outcomes}),
                example=examples[0] if examples else None,
                before=measured.before,
                after=measured.after,
            )
        )
    return joined


def _summary(
    chosen: ChosenAttack, attacked: Sequence[Attacked], context: Context, tried: int | None
) -> AttackSummary:
    """One attack by itself."""
    own = [outcome for image in attacked for outcome in image.outcomes if outcome.attack == chosen.name]
    decided = [outcome for outcome in own if outcome.decided]
    epsilons = chosen.epsilons(context.config.robustness)
    key = "epsilons" if chosen.norm == "linf" else "epsilons_l2"
    nowhere = None if epsilons else f"no distance of its norm is given, see robustness.{key}"
    return AttackSummary(
        attack=chosen.name,
        title=chosen.title,
        norm=chosen.norm,
        description=_words(chosen, context),
        images=len(decided),
        flipped_within=_within([[outcome] for outcome in decided], epsilons, tried, attacked),
        median_distance=_median([outcome.distance for outcome in decided]),
        not_confirmed=sum(outcome.not_confirmed for outcome in own),
        left_ball=sum(outcome.left_ball for outcome in own),
        error=chosen.error or next((outcome.error for outcome in own if outcome.error), None) or nowhere,
        views=sum(outcome.views for outcome in own),
    )


def _words(chosen: ChosenAttack, context: Context) -> str:
    config = context.config.robustness
    flip = (
        "the own label's probability falls below 0.5"
        if context.classifier.task == "multi-label"
        else "another class leads"
    )
    return (
        f"{chosen.title} ({'L∞' if chosen.norm == 'linf' else 'L2'}, {config.steps} steps, "
        f"{config.restarts} restarts, seed {context.config.seed}); a flip: {flip}, or the answer is not "
        "finite, on the 8-bit image, confirmed on the plain network; the median distance is float32"
    )


def _within(
    images: Sequence[Sequence[AttackOutcome]],
    epsilons: Sequence[float],
    tried: int | None = None,
    attacked: Sequence[Attacked] | None = None,
) -> list[FlippedWithin]:
    """Of images with their outcomes that count: how many any of them flips. Robust accuracy is over `tried`
    images, less those attacked without an outcome that counts."""
    decided = [outcomes for outcomes in images if outcomes]
    n = len(decided)
    undecided = len(images if attacked is None else attacked) - n
    rows: list[FlippedWithin] = []
    for epsilon in epsilons:
        k = sum(any(o.epsilon is not None and o.epsilon <= epsilon for o in own) for own in decided)
        robust = Proportion.of(n - k, tried - undecided) if tried is not None and n else None
        rows.append(FlippedWithin(epsilon=epsilon, flipped=Proportion.of(k, n), robust_accuracy=robust))
    return rows


def _median(distances: Sequence[float | None]) -> float | None:
    """An image without a flip stands beyond all others."""
    if not distances:
        return None
    middle = median(math.inf if distance is None else distance for distance in distances)
    return middle if math.isfinite(middle) else None


def _shifts(images: Sequence[AttackedImage], epsilon: float, baseline: Baseline | None) -> list[Shift]:
    """One for each statistic that is defined on any image before and after."""
    shifts: list[Shift] = []
    for name in STATISTICS:
        pairs = [
            (before, after)
            for before, after in ((image.before.get(name), image.after.get(name)) for image in images)
            if before is not None and after is not None
        ]
        if not pairs:
            continue
        table = np.array(pairs)
        shifts.append(
            Shift(
                statistic=name,
                epsilon=epsilon,
                n=len(pairs),
                before=float(np.median(table[:, 0])),
                after=float(np.median(table[:, 1])),
                percentile_before=_percentile(baseline, name, table[:, 0]),
                percentile_after=_percentile(baseline, name, table[:, 1]),
                moved=_moved(baseline, name, table),
            )
        )
    return shifts


def _percentile(baseline: Baseline | None, name: str, values: np.ndarray) -> float | None:
    if baseline is None:
        return None
    place = float(np.median(baseline.percentile(name, values)))
    return place if math.isfinite(place) else None


def _moved(baseline: Baseline | None, name: str, table: np.ndarray) -> float | None:
    """Median difference in half the range that holds the middle 68 % of photographs."""
    if baseline is None:
        return None
    deviation = (baseline.quantile(name, 84) - baseline.quantile(name, 16)) / 2
    if not deviation > 0:
        return None
    return float(np.median(table[:, 1] - table[:, 0]) / deviation)
