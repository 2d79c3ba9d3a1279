"""Stage: what stands out is tested on photographs that were held back."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from audit.probes.change import Change
from audit.records.probes import FittedProbe
from audit.records.record import UnitBody
from audit.records.unit_records import CausalUnit, FittedUnit, Items, UnitRecord
from audit.stages.probes.carrier_images import FEWEST, apart, carriers, content
from audit.stages.probes.causal_test import Held, causal_test
from audit.stages.probes.fitted_stage import fitted_change
from audit.stages.probes.listed_changes import listed, own_controls
from audit.stages.probes.suspects import null_table, pairs
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, bodies

SETS = 6
"""Of photographs that a test asks about, about: the change and its controls."""


class CausalTests:
    """One suspected class a unit, with all changes that speak for it."""

    name = "causal-tests"
    version = 3
    inputs: tuple[str, ...] = ("probes", "fitted-changes", "unconstrained")
    together: Together = "no"
    body: type[UnitBody] = CausalUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """The photographs held back, how many pairs are tested, and what tells which."""
        config, table = context.config.probes, null_table(context)
        return {
            "carriers": content(context, "held back"),
            "suspects": config.suspects,
            "examples": config.examples,
            "null": dict(table.provenance) if table else None,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Classes that stand out; none before the probes were made."""
        if len(apart(context)["held back"]) < FEWEST:
            return []
        chosen = pairs(context, records, context.config.probes.suspects)
        return [(index,) for index in sorted({index for index, _ in chosen})]

    def views(self, context: Context) -> float:
        """At most: each pair with its controls, each class unchanged."""
        held = apart(context)["held back"]
        return FORWARD * len(held) * context.config.probes.suspects * (SETS + 1) if len(held) >= FEWEST else 0

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Test every change that speaks for these classes."""
        spent, config, given = Spent(tick), context.config.probes, carriers(context, "held back")
        held = Held.of(context.classifier.folded(), given, config.batch, spent)
        fitted = _fitted(inputs)
        chosen = [(index, recorded_change(context, fitted, id)) for index, id in
                  pairs(context, inputs, config.suspects) if index in items]  # fmt: skip
        tested = [
            causal_test(
                context.classifier,
                held,
                index,
                change,
                seed=context.config.seed,
                batch=config.batch,
                examples=config.examples,
                tick=spent,
                controls=controls_with_rival(context, fitted, change),
            )
            for index, change in chosen
        ]
        files = {name: data for each in tested for name, data in each.files.items()}
        return Computed(CausalUnit(tests=[each.record for each in tested]), spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Nothing by itself: the probes show it with theirs."""
        return Reduced()


def recorded_change(context: Context, fitted: Sequence[FittedProbe], id: str) -> Change:
    """The change of this id: of the bank, or one of these. KeyError for an unknown one."""
    for probe in fitted:
        if probe.effect.change == id:
            return fitted_change(context, probe)
    return {change.id: change for change in listed(context)}[id]


def controls_with_rival(context: Context, fitted: Sequence[FittedProbe], change: Change) -> list[Change]:
    """The controls that a change brings with it. Of a fitted one also that of the same family which turns
    most into another class: a class that takes whatever is changed so strongly takes that one too."""
    own = own_controls(context, change)
    mine = next((probe for probe in fitted if probe.effect.change == change.id), None)
    if mine is None:
        return own
    rivals = [p for p in fitted if p.family == mine.family and p.class_index != mine.class_index]
    if not rivals:
        return own
    best = max(rivals, key=_reached)
    return [*own, replace(fitted_change(context, best), id=f"{change.id}/other class", control_of=change.id)]


def _reached(probe: FittedProbe) -> float:
    place = probe.effect.place(probe.class_index)
    return probe.effect.turned[place] / max(probe.effect.others[place], 1) if place is not None else 0.0


def _fitted(records: Sequence[UnitRecord]) -> list[FittedProbe]:
    return [each for body in bodies(records, FittedUnit) for each in body.fitted]
