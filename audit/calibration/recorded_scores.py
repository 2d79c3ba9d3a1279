"""The scores of a network from the records of its probes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from audit.calibration.asked import asked
from audit.calibration.scores import (
    CHANCE,
    FEW,
    Score,
    largest,
    share_scores,
    shift_scores,
    told_scores,
)
from audit.records.parts import ToldByPieces
from audit.records.probes import ChangeEffect, FittedProbe, LastLayer, Probes

NO_LEAD = math.nan
ASKED = "edge"
"""Region of the pieces whose test is calibrated. On networks of the tuning half with a second object planted
beside one class it names that class first, and hardly any clean network has a class before the others there;
in the middle and anywhere they have, since pieces tell some objects better than others."""
FEW_EFFECT = 0.5
"""Standard deviations of the logits: where up to three classes are told apart, what raises one lowers the
others in every network. Effects count there, and one below this is none."""
LEAST_SHIFT = 0.01
"""Standard deviations of the logits: a network that no change moves more is measured by this."""


def recorded_scores(
    probes: Probes | None, margins: Mapping[int, float], k: int, pieces: ToldByPieces | None = None
) -> list[Score]:
    """Of each test the classes that stand out most, for a network of `k` classes.

    `margins`: class → the largest logit margin of its pictures without prior; empty where there are none.
    """
    if probes is None:
        return all_scores((), (), None, margins, k, pieces)
    return all_scores(probes.effects, probes.fitted, probes.last_layer, margins, k, pieces)


def all_scores(
    effects: Iterable[ChangeEffect],
    fitted: Sequence[FittedProbe],
    layer: LastLayer | None,
    margins: Mapping[int, float],
    k: int,
    pieces: ToldByPieces | None = None,
) -> list[Score]:
    """The same of its parts."""
    return largest(
        [
            *bank_scores(effects, k),
            *fitted_scores(fitted, k),
            *row_scores(layer),
            *margin_scores(margins, k),
            *piece_scores(pieces),
        ]
    )


def piece_scores(pieces: ToldByPieces | None) -> list[Score]:
    """The classes that are told best by small pieces alone, at the edge of the image."""
    if pieces is None:
        return []
    return told_scores(f"told-{ASKED}-piece", "", pieces.told[ASKED], pieces.shown)


def bank_scores(effects: Iterable[ChangeEffect], k: int) -> list[Score]:
    """What all changes of the bank say. Shifts are in units of a usual one of this network, the median over
    all changes of the first class's: networks differ in that by a factor of five."""
    each = [effect_scores(effect, k) for effect in effects]
    firsts = [max(own) for scores in each if (own := [s.value for s in scores if _is_shift(s)])]
    usual = max(median(firsts), LEAST_SHIFT) if firsts else 1.0
    return [
        replace(score, value=_in_units(score, usual, k)) if _is_shift(score) else score
        for scores in each
        for score in scores
    ]


def _in_units(score: Score, usual: float, k: int) -> float:
    """With few classes no class stands before others: there a shift is its own measure, and a small one is
    none."""
    if k > FEW:
        return score.value / usual
    return score.first if score.first >= FEW_EFFECT else 0.0


def effect_scores(effect: ChangeEffect, k: int) -> list[Score]:
    """What one change of the bank says: which class it raises, and which loses by it."""
    if effect.control_of is not None:
        return []
    family, change = effect.family, effect.change
    found: list[Score] = []
    if asked(family, "shift", change):
        found += shift_scores(f"shift-{family}", change, effect.dense(effect.shift, k, NO_LEAD))
    if asked(family, "turned", change):
        turned, others = _whole(effect, effect.turned, k), _whole(effect, effect.others, k)
        found += share_scores(f"turned-{family}", change, turned, others, led=True)
    if asked(family, "lost", change):
        lost, own = _whole(effect, effect.lost, k), _whole(effect, effect.own, k)
        found += share_scores(f"lost-{family}", change, lost, own)
    if asked(family, "told", change) and effect.told is not None and effect.shown is not None:
        told = effect.dense(effect.told, k, CHANCE)
        shown = _whole(effect, effect.shown, k)
        found += told_scores(f"told-{family}", change, told, shown, _marked(effect) if k == 2 else None)
    return found


def _marked(effect: ChangeEffect) -> set[int]:
    """Of two classes each is told as well as the other. The one with the cue is answered only where the cue
    is; so it loses more of its photographs than the one that is answered without any."""
    shares = [lost / max(own, 1) for lost, own in zip(effect.lost, effect.own, strict=True)]
    return {index for index, share in zip(effect.classes, shares, strict=True) if share == max(shares)}


def fitted_scores(fitted: Sequence[FittedProbe], k: int) -> list[Score]:
    """Of each family the classes that most photographs were turned into. Classes that were given up, since
    they stayed behind, count as ones into which none is turned."""
    found: list[Score] = []
    for family in dict.fromkeys(probe.family for probe in fitted):
        own: dict[int, tuple[int, int, str]] = {}
        for probe in (probe for probe in fitted if probe.family == family):
            place = probe.effect.place(probe.class_index)
            if place is not None and probe.effect.others[place]:
                effect = probe.effect
                own[probe.class_index] = (effect.turned[place], effect.others[place], effect.change)
        if not own:
            continue
        usual = round(median(others for _, others, _ in own.values()))
        turned = [own[i][0] if i in own else 0 for i in range(k)]
        others = [own[i][1] if i in own else usual for i in range(k)]
        scores = share_scores(f"fitted-{family}", "", turned, others, among=own, led=True)
        found += [replace(score, change=own[score.class_index][2]) for score in scores]
    return found


def row_scores(layer: LastLayer | None) -> list[Score]:
    """The classes with the largest rows of the last layer."""
    if layer is None:
        return []
    return [*shift_scores("row-mean", "", layer.mean), *shift_scores("row-positive", "", layer.positive)]


def margin_scores(margins: Mapping[int, float], k: int) -> list[Score]:
    """The classes with the largest margins: how many times the next one, as a logarithm, since networks
    differ in the scale of their logits. None where fewer than two are positive, and for up to three
    classes."""
    known = [margins.get(index, NO_LEAD) for index in range(k)]
    usable = [math.log(value) if value > 0 else NO_LEAD for value in known]
    if k <= FEW or sum(value == value for value in usable) < 2:
        return []
    return [
        replace(score, first=math.exp(score.first), second=math.exp(score.second))
        for score in shift_scores("margin", "", usable)
    ]


def _is_shift(score: Score) -> bool:
    return score.test.startswith("shift-")


def _whole(effect: ChangeEffect, values: Iterable[int], k: int) -> list[int]:
    return [int(value) for value in effect.dense(list(values), k, 0)]
