"""Records of attacks → what small changes do to the network's answers."""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median

import numpy as np

from audit.image_stats import STATISTICS, Baseline
from audit.records import (
    Attacked,
    ClassLevels,
    Level,
    Proportion,
    Robustness,
    Shift,
)
from audit.records.unit_records import AttackedImage, AttackedUnit, UnitRecord
from audit.stages.stage import Context, even_sample


def robustness(context: Context, records: Sequence[UnitRecord]) -> Robustness | None:
    """All attacks of the run together; None where the stage had no units."""
    bodies = [record.body for record in records if isinstance(record.body, AttackedUnit)]
    if not bodies:
        return None
    config = context.config.robustness
    images = [image for body in bodies for image in body.images]
    images.sort(key=lambda image: image.item)
    attacked = [image.attacked for image in images if image.attacked]
    levels = config.levels
    by_label: dict[int, list[Attacked]] = {}
    for image in attacked:
        by_label.setdefault(image.label, []).append(image)
    into = Counter(image.into for image in attacked if image.into is not None)
    examples = [image.example for image in images if image.example]
    return Robustness(
        source="class pictures" if context.photos is None else "photographs",
        attack=_words(context),
        tried=len(images),
        correct=len(attacked),
        levels=_levels(attacked, levels),
        classes=[
            ClassLevels(
                class_index=label,
                enough=len(own) >= context.config.photographs.per_class,
                levels=_levels(own, levels),
                median_epsilon=_median_epsilon(own),
            )
            for label, own in sorted(by_label.items())
        ],
        into=sorted(into.items(), key=lambda pair: (-pair[1], pair[0])),
        median_epsilon=_median_epsilon(attacked),
        unconfirmed=sum(image.unconfirmed for image in images),
        flat=sum(image.flat for image in images),
        not_finite=sum(not image.finite for image in attacked),
        shifts=_shifts(images, bodies[0].measured_level, context.baseline),
        examples=[examples[i] for i in even_sample(range(len(examples)), config.examples)],
        attacked=attacked,
    )


def _words(context: Context) -> str:
    config = context.config.robustness
    flip = (
        "the own label's probability falls below 0.5"
        if context.classifier.task == "multi-label"
        else "another class leads"
    )
    return (
        "L∞ search for the smallest flip, then projected gradient descent on 8-bit images "
        f"({config.steps} steps, {config.restarts} restarts, seed {context.config.seed}); a flip: {flip}, or "
        "the answer is not finite, "
        "confirmed on the plain network; distances beyond the levels are float32"
    )


def _levels(images: Sequence[Attacked], levels: Sequence[float]) -> list[Level]:
    return [
        Level(
            epsilon=level,
            flipped=Proportion.of(
                sum(image.level is not None and image.level <= level for image in images), len(images)
            ),
        )
        for level in levels
    ]


def _median_epsilon(images: Sequence[Attacked]) -> float | None:
    """An image without a flip stands beyond all others."""
    if not images:
        return None
    middle = median(math.inf if image.epsilon is None else image.epsilon for image in images)
    return middle if math.isfinite(middle) else None


def _shifts(images: Sequence[AttackedImage], level: float, baseline: Baseline | None) -> list[Shift]:
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
                level=level,
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
