"""What is looked at closer: classes to which changes are fitted, pairs of class and change to be tested."""

from collections.abc import Sequence

from audit.calibration import NullTable, Score, shipped
from audit.calibration.recorded_scores import all_scores
from audit.records.probes import FittedProbe, most_turning
from audit.records.unit_records import FittedUnit, PicturesUnit, ProbesUnit, UnitRecord
from audit.stages.probes.battery import battery
from audit.stages.stage import Context, bodies

Pair = tuple[int, str]
"""A class, and the id of a change."""


def null_table(context: Context) -> NullTable | None:
    """What clean networks show on such images under the changes of today."""
    table = shipped("scenes" if context.photos is None else "photographs")
    return table if table and table.made_for(battery()) else None


def scored(context: Context, records: Sequence[UnitRecord]) -> list[Score]:
    """Of each test the leading classes; the most surprising ones first where there is a null table."""
    k, units = len(context.classifier.classes), bodies(records, ProbesUnit)
    scores = all_scores(
        [effect for body in units for effect in body.effects.values()],
        _fitted(records),
        next((body.last_layer for body in units if body.last_layer), None),
        _margins(records),
        k,
    )
    table = null_table(context)
    if table is None:
        return sorted(scores, key=lambda score: -score.value)
    judged = table.judge(scores, k)  # only their order counts here
    known = {one.score.test for one in judged}
    return [*(one.score for one in judged), *(score for score in scores if score.test not in known)]


def leading_classes(context: Context, records: Sequence[UnitRecord], count: int) -> tuple[int, ...]:
    """At most `count` audited classes that lead in some test, ascending."""
    leading = dict.fromkeys(score.class_index for score in scored(context, records))
    audited = set(context.classes)
    return tuple(sorted([index for index in leading if index in audited][:count]))


def pairs(context: Context, records: Sequence[UnitRecord], count: int) -> list[Pair]:
    """At most `count` pairs of an audited class and a change that speaks for it.

    Where a test points at a class without an image, the change is the fitted one that turns most into it.
    """
    audited, fitted = set(context.classes), _fitted(records)
    found: dict[Pair, None] = {}
    for score in scored(context, records):
        if score.first <= 0:
            continue
        change = score.change or _fitted_for(score.class_index, fitted)
        if change and score.class_index in audited:
            found[score.class_index, change] = None
    return list(found)[:count]


def _fitted(records: Sequence[UnitRecord]) -> list[FittedProbe]:
    return [fitted for body in bodies(records, FittedUnit) for fitted in body.fitted]


def _fitted_for(class_index: int, fitted: Sequence[FittedProbe]) -> str:
    own = [probe.effect for probe in fitted if probe.class_index == class_index]
    best = most_turning(own, class_index)
    return best.change if best else ""


def _margins(records: Sequence[UnitRecord]) -> dict[int, float]:
    """Class → the largest margin of its pictures without prior."""
    groups = [group for body in bodies(records, PicturesUnit) for group in body.pictures]
    margins: dict[int, float] = {}
    for picture in (p for group in groups if group.prior == "none" for p in group.pictures if p.finite):
        margins[picture.class_index] = max(margins.get(picture.class_index, picture.margin), picture.margin)
    return margins
