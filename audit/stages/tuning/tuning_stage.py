"""Stage: tunes the synthesis settings on a sample of classes.

Settings draw the same few classes from the same noise; the network's own confidence under harder views judges
(`audit.stages.tuning.held_out`). First the rates race, then the other settings with the rates that won. A
recipe is replaced only by one with a clear lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.config import SynthesisConfig
from audit.records.record import UnitBody
from audit.records.tuning import Tried, Tuning
from audit.records.unit_records import Items, TuningUnit, UnitRecord
from audit.stages.stage import Computed, Context, Reduced, Spent, Tick, Together, bodies, even_sample
from audit.stages.tuning.halving import Race, race, trials
from audit.stages.tuning.held_out import COST, conviction, least
from audit.synthesis.class_pictures import draw_natural, natural_phases
from audit.synthesis.engine import Job

FACTORS = {"rates × 1/4": 0.25, "rates × 1/2": 0.5, "rates × 2": 2.0, "rates × 4": 4.0}
OBJECTIVES = ("logit", "margin", "mix")
FEWEST, MOST = 8, 32
"""Classes that the last two recipes of a race are drawn for; with fewer no lead is clear."""
ROUNDS = 4
"""A race sees a quarter of the classes, then half, then all: the number of classes is a multiple of this."""

Changes = tuple[tuple[str, float | str], ...]
"""Settings of the section `synthesis` that a recipe changes: (name, value)."""


@dataclass(frozen=True)
class Budget:
    """What the share of the views pays for."""

    pictures: float
    """Pictures with their scores."""
    needed: int
    """Those of the smallest tuning."""
    classes: int
    """For the last two recipes of a race; 0: no tuning."""
    both: bool
    """Whether the second race is paid for too."""


class TuningStage:
    """All classes together are one unit: the choice is made for them all, on an even sample."""

    name = "tuning"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "computed"
    body: type[UnitBody] = TuningUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """The recipe it starts from, its share of the views, and the baseline that shapes the prior."""
        config = context.config
        return {
            "synthesis": config.synthesis.model_dump(),
            "tuning": config.tuning.model_dump(),
            "prior": context.prior.sha256,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """One, of all classes; none where it is off."""
        return [context.classes] if context.config.tuning.share else []

    def views(self, context: Context) -> float:
        """Those of the pictures and of their scores, at most."""
        if not context.config.tuning.share:
            return 0.0
        found = budget(context)
        return _pictures(context, found.classes, both=found.both) * _cost(context) if found.classes else 0.0

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Race the rates, then the rest."""
        spent, paid = Spent(tick), budget(context)
        if not paid.classes:
            return Computed(TuningUnit(tuning=_too_few(context, paid)), 0.0)
        trial = Trial(context, spent)
        sample = spread(items, paid.classes)
        first = race((), list(rates(context.config.synthesis)), sample, trial)
        tried = _tried(first, (), rates(context.config.synthesis))
        changes: Changes = first.last if first.won else ()
        if paid.both:
            others = shapes(context, changes)
            second = race(changes, list(others), sample, trial, first.scores[changes])
            tried += _tried(second, changes, others)
            changes = second.last if second.won else changes
        tuning = Tuning(
            pictures=trial.drawn,
            share=spent.views / _run(context),
            tried=tried,
            chosen=dict(changes),
            said=_said(tried, len(sample), trial.drawn, spent.views / _run(context)),
        )
        return Computed(TuningUnit(tuning=tuning), spent.views)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """What it tried and chose; None where there was none."""
        return Reduced(run={"tuning": next((b.tuning for b in bodies(records, TuningUnit)), None)})


def tuned(config: SynthesisConfig, inputs: Sequence[UnitRecord]) -> SynthesisConfig:
    """The recipe that the tuning among the records chose; `config` itself without a tuning."""
    tuning = [record.body.tuning for record in inputs if isinstance(record.body, TuningUnit)]
    return config.model_copy(update=tuning[0].chosen) if tuning else config


class Trial:
    """Draws classes with a recipe, and scores the pictures; counts them."""

    def __init__(self, context: Context, tick: Tick) -> None:
        self._context, self._tick, self.drawn = context, tick, 0

    def __call__(self, changes: Changes, classes: Sequence[int]) -> list[float]:
        """One picture of each class, of a restart that the run does not draw."""
        context, start = self._context, self._context.config.synthesis
        # All recipes get the same views: a picture that convinces nobody would take more of them.
        config = start.model_copy(update={**dict(changes), "step_budget": (1.0, 1.0)})
        scores: list[float] = []
        for at in range(0, len(classes), config.batch):
            batch = classes[at : at + config.batch]
            jobs = [Job(c, start.restarts) for c in batch]
            prior, seed = context.prior.prior, context.config.seed
            drawn = draw_natural(context.classifier, jobs, prior, config, seed, self._tick)
            classes_known = len(context.classifier.classes)
            convinced = conviction(context.classifier, drawn.images, batch, seed, self._tick)
            scores += [
                least(classes_known) if i in drawn.failed else score for i, score in enumerate(convinced)
            ]
        self.drawn += len(classes)
        return scores


def rates(config: SynthesisConfig) -> dict[Changes, str]:
    """Recipes that change how fast pictures are drawn → their names."""
    return {
        (("coarse_rate", config.coarse_rate * factor), ("rate", config.rate * factor)): name
        for name, factor in FACTORS.items()
    }


def shapes(context: Context, changes: Changes) -> dict[Changes, str]:
    """The recipe `changes` with another objective, or without the coarse phase where it has one → names."""
    config = context.config.synthesis
    found: dict[Changes, str] = {
        (*changes, ("objective", o)): f"objective {o}" for o in OBJECTIVES if o != config.objective
    }
    if len(natural_phases(context.classifier, config)) > 1:
        found[(*changes, ("coarse_share", 0.0))] = "no coarse phase"
    return found


def spread(classes: Sequence[int], count: int) -> list[int]:
    """An even sample of `count` classes, a multiple of `ROUNDS`, in an order whose first quarter and half are
    even samples too."""
    sample = even_sample(classes, count)
    return [c for start in (0, 2, 1, 3) for c in sample[start::ROUNDS]]


def budget(context: Context) -> Budget:
    """How many classes the share pays for: both races for as many as possible, else the rates' race alone."""
    pictures = context.config.tuning.share * _run(context) / _cost(context)
    sizes = range(FEWEST, min(MOST, len(context.classes)) + 1, ROUNDS)
    needed = _pictures(context, FEWEST, both=False)
    for both in (True, False):
        paid = [n for n in sizes if _pictures(context, n, both=both) <= pictures]
        if paid:
            return Budget(pictures, needed, paid[-1], both)
    return Budget(pictures, needed, 0, False)


def _pictures(context: Context, classes: int, *, both: bool) -> int:
    """Pictures of a tuning whose races end with so many classes."""
    first = trials(len(FACTORS), classes, known=False)
    return first + (trials(len(shapes(context, ())), classes, known=True) if both else 0)


def _cost(context: Context) -> float:
    """Views of one picture and its score, at most."""
    config = context.config.synthesis
    return config.views / config.restarts + COST


def _run(context: Context) -> float:
    """Views of all class pictures."""
    return float(context.config.synthesis.views * len(context.classes))


def _tried(run: Race[Changes], present: Changes, names: dict[Changes, str]) -> list[Tried]:
    base = run.scores[present]
    return [
        Tried(
            name=name,
            changes=dict(changes),
            classes=len(run.scores[changes]),
            score=float(np.mean(run.scores[changes])),
            against=float(np.mean(base[: len(run.scores[changes])])),
            p=run.p if changes == run.last else None,
            chosen=run.won and changes == run.last,
        )
        for changes, name in names.items()
    ]


def _said(tried: Sequence[Tried], classes: int, pictures: int, share: float) -> str:
    start = f"{pictures} pictures of {classes} classes ({100 * share:.1f} % of the views of the pictures)"
    won = [entry for entry in tried if entry.chosen]
    if not won:
        nearest = max((e for e in tried if e.p is not None), key=lambda e: e.score - e.against)
        return (
            f"{start} found no recipe clearly better than the run's own, which is kept. "
            f"The nearest was {nearest.name}: {_numbers(nearest)}."
        )
    gains = "; ".join(f"{entry.name}: {_numbers(entry)}" for entry in won)
    end = [
        entry.name
        for entry in won
        if FACTORS.get(entry.name) in (min(FACTORS.values()), max(FACTORS.values()))
    ]
    further = f" {end[0]} is the last that is tried: further may be better still." if end else ""
    return f"{start} chose {' and '.join(e.name for e in won)}. {gains}.{further}"


def _numbers(entry: Tried) -> str:
    assert entry.p is not None
    p = "p < 0.001" if entry.p < 0.001 else f"p = {entry.p:.2g}"
    return f"mean own log-probability under harder views {entry.score:.2f}, before {entry.against:.2f} ({p})"


def _too_few(context: Context, paid: Budget) -> Tuning:
    share = context.config.tuning.share
    if len(context.classes) < FEWEST:
        why = f"it needs {FEWEST} classes, and {len(context.classes)} are audited"
    else:
        pays = f"{100 * share:g} % of the views pay for {int(paid.pictures)}"
        why = f"{pays} of the {paid.needed} pictures it needs"
    said = f"No tuning: {why}. The pictures are drawn with the settings of the run."
    return Tuning(pictures=0, share=0.0, tried=[], chosen={}, said=said)
