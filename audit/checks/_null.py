"""The scores of a run beside those of clean networks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.calibration import Judged, NullTable, Score, shipped
from audit.calibration.recorded_scores import recorded_scores
from audit.checks._numbers import finite
from audit.checks._reader import Reader, pictures
from audit.records import Limit, Results

MAX_FALSE_ALARM = Limit(
    name="max_false_alarm",
    default=0.05,
    gt=0,
    le=1,
    help="Chance, at most, that a clean network has any suspicion, over all its tests and classes together.",
)
"""Read by every check of changes, and by margin-outlier."""
VERIFIED_FALSE_ALARM = Limit(
    name="verified_false_alarm",
    default=0.0125,
    gt=0,
    le=1,
    help="Chance, at most, that a clean network shows as much evidence as a class that is called verified.",
)
"""Clean networks have changes that move a class too. A causal test proves the effect; that it does not
belong, only its rarity says. So "verified" asks for more of it than "suspected"; read by the same checks."""
CHANCES = (MAX_FALSE_ALARM, VERIFIED_FALSE_ALARM)
SCENES = "dead leaves"


@dataclass(frozen=True)
class Suspicion:
    """A test of a network, and its chances where clean networks are known."""

    score: Score
    judged: Judged | None

    @property
    def p(self) -> float:
        """Adjusted over all tests and classes; NaN where nothing is known of clean networks."""
        return self.judged.p_adjusted if self.judged else math.nan

    @property
    def family(self) -> str:
        """What follows the kind of the test: "border" of "shift-border"; empty for one without a family."""
        return self.score.test.partition("-")[2]

    @property
    def kind(self) -> str:
        """ "shift", "turned", "lost", "told", "fitted", "row" or "margin"."""
        return self.score.test.partition("-")[0]


def suspicions(m: Reader) -> list[Suspicion]:
    """Of every test of the network its leading classes, the most surprising first."""
    probes, k, table = m.results.probes, len(m.model.classes), null_table(m.results)
    told = m.results.pieces
    made = table.provenance.get("pieces") if table else None
    # Pieces made otherwise than those of the table say nothing beside it.
    pieces = told.probing if told and made in (None, str(told.version)) else None
    scores = recorded_scores(probes, _margins(m) if _drawn_alike(m, table) else {}, k, pieces)
    judged: dict[tuple[str, int], Judged] = {}
    if table is not None and (probes is None or table.made_for(probes.battery)):
        # Scenes show no class: how many there are is fixed, and the table's own.
        count = probes.photographs if probes is not None and probes.carriers != SCENES else None
        judged = {(one.score.test, one.score.class_index): one for one in table.judge(scores, k, count)}
    found = [Suspicion(score, judged.get((score.test, score.class_index))) for score in scores]
    return sorted(found, key=lambda s: (*_chances(s), -s.score.value))


def null_table(results: Results) -> NullTable | None:
    """Clean networks that were audited on such images."""
    probes = results.probes
    return shipped("scenes" if probes is not None and probes.carriers == SCENES else "photographs")


def _chances(suspicion: Suspicion) -> tuple[float, float]:
    judged = suspicion.judged
    return (judged.p_adjusted, judged.p_raw) if judged else (2.0, 2.0)


def ordered_classes(found: Sequence[Suspicion]) -> list[tuple[int, list[Suspicion]]]:
    """Classes with the tests that point at them, in the order of the first."""
    of_class: dict[int, list[Suspicion]] = {}
    for suspicion in found:
        of_class.setdefault(suspicion.score.class_index, []).append(suspicion)
    return list(of_class.items())


def _drawn_alike(m: Reader, table: NullTable | None) -> bool:
    """Whether pictures without prior took as many restarts and views as those of the table: margins grow with
    both."""
    wanted = table.provenance.get("margins") if table else None
    return wanted is None or wanted == margin_effort(m.results.run.config)


def margin_effort(config: Mapping[str, object]) -> str:
    """Restarts and views of the pictures without prior, as tables of clean networks state them."""
    section = config.get("unconstrained")
    given: Mapping[str, object] = section if isinstance(section, Mapping) else {}
    return f"{given.get('restarts')} restarts, {given.get('views')} views, rate {given.get('rate')}"


def _margins(m: Reader) -> dict[int, float]:
    """Class → the largest margin of its pictures without prior, where every audited class has some."""
    margins: dict[int, float] = {}
    for result in m.ordered:
        own = [p for picture in pictures(result, "none") if finite(p := m.decision_margin(picture))]
        if own:
            margins[result.label.index] = max(own)
    return margins if len(margins) == len(m.ordered) else {}
