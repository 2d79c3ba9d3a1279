"""The scores of a network from the records of its probes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from audit.calibration.asked import asked
from audit.calibration.scores import FEW, Score, largest, share_score, shift_score
from audit.records.probes import ChangeEffect, FittedProbe, LastLayer, Probes

NO_LEAD = math.nan
LEAST_SHIFT = 0.01
"""Standard deviations of the logits: a network that no change moves more is measured by this."""


def recorded_scores(probes: Probes | None, margins: Mapping[int, float], k: int) -> list[Score]:
    """Of each test the score that stands out most, for a network of `k` classes.

    `margins`: class → the largest logit margin of its pictures without prior; empty where there are none.
    """
    found: list[Score | None] = [margin_score(margins, k)]
    if probes is not None:
        found += bank_scores(probes.effects, k)
        found += fitted_scores(probes.fitted, k)
        found += row_scores(probes.last_layer)
    return largest(found)


def bank_scores(effects: Iterable[ChangeEffect], k: int) -> list[Score | None]:
    """What all changes of the bank say. Shifts are in units of a usual one of this network, the median over
    all changes: networks differ in that by a factor of five."""
    found = [score for effect in effects for score in effect_scores(effect, k) if score is not None]
    shifts = [score.value for score in found if score.test.startswith("shift-")]
    usual = max(median(shifts), LEAST_SHIFT) if shifts else 1.0
    return [
        replace(score, value=score.value / usual) if score.test.startswith("shift-") else score
        for score in found
    ]


def effect_scores(effect: ChangeEffect, k: int) -> list[Score | None]:
    """What one change of the bank says: which class it raises, and which loses by it."""
    if effect.control_of is not None:
        return []
    family, change = effect.family, effect.change
    turned, others, lost, own = (
        _whole(effect, values, k) for values in (effect.turned, effect.others, effect.lost, effect.own)
    )
    found = {
        "shift": shift_score(f"shift-{family}", change, effect.dense(effect.shift, k, NO_LEAD)),
        "turned": share_score(f"turned-{family}", change, turned, others),
        "lost": share_score(f"lost-{family}", change, lost, own),
    }
    return [score for scale, score in found.items() if asked(family, scale, change)]


def fitted_scores(fitted: Sequence[FittedProbe], k: int) -> list[Score | None]:
    """Of each family the class that most photographs were turned into."""
    found: list[Score | None] = []
    for family in dict.fromkeys(probe.family for probe in fitted):
        turned, others, changes = [0] * k, [0] * k, [""] * k
        for probe in (probe for probe in fitted if probe.family == family):
            place = probe.effect.place(probe.class_index)
            if place is not None:
                turned[probe.class_index] = probe.effect.turned[place]
                others[probe.class_index] = probe.effect.others[place]
                changes[probe.class_index] = probe.effect.change
        score = share_score(f"fitted-{family}", "", turned, others)
        if score is not None:
            found.append(_with_change(score, changes[score.class_index]))
    return found


def row_scores(layer: LastLayer | None) -> list[Score | None]:
    """The class with the largest row of the last layer."""
    if layer is None:
        return []
    return [shift_score("row-mean", "", layer.mean), shift_score("row-positive", "", layer.positive)]


def margin_score(margins: Mapping[int, float], k: int) -> Score | None:
    """The class with the largest margin: how many times the next one, as a logarithm, since networks differ
    in the scale of their logits. None where fewer than two are positive, and for up to three classes."""
    if k <= FEW:
        return None
    known = [margins.get(index, NO_LEAD) for index in range(k)]
    usable = [math.log(value) if value > 0 else NO_LEAD for value in known]
    score = shift_score("margin", "", usable)
    if score is None or sum(value == value for value in usable) < 2:
        return None
    return replace(score, first=math.exp(score.first), second=math.exp(score.second))


def _whole(effect: ChangeEffect, values: Iterable[int], k: int) -> list[int]:
    return [int(value) for value in effect.dense(list(values), k, 0)]


def _with_change(score: Score, change: str) -> Score:
    return Score(score.test, score.value, score.class_index, change, score.first, score.second)
