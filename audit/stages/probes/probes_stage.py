"""Stage: a bank of changes that is the same for every network, by forward passes only."""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.probes.effect import effects
from audit.probes.last_rows import last_rows
from audit.records.probes import LastLayer, Probes
from audit.records.record import UnitBody
from audit.records.unit_records import CausalUnit, FittedUnit, Items, ProbesUnit, UnitRecord
from audit.stages.probes.battery import battery
from audit.stages.probes.carrier_images import FEWEST, apart, carriers, content
from audit.stages.probes.effect_records import recorded
from audit.stages.probes.listed_changes import listed
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, bodies, chunks

DIGITS = 6
CHANGES = 24
"""Of one unit: so many are lost with a process that is killed."""


class BankOfChanges:
    """Groups of changes, each measured on the same photographs."""

    name = "probes"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "no"
    body: type[UnitBody] = ProbesUnit

    def of(self, context: Context) -> Items:
        """Changes."""
        return "changes"

    def contents(self, context: Context) -> dict[int, object]:
        """Place of a change in the bank → its id, which says all of it."""
        return {place: (change.family, change.id) for place, change in enumerate(listed(context))}

    def settings(self, context: Context) -> dict[str, object]:
        """The photographs: what a change does depends on no other one."""
        return {"carriers": content(context, "probing")}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Groups of changes; none where there is nothing to change."""
        if len(apart(context)["probing"]) < FEWEST:
            return []
        return chunks(range(len(listed(context))), CHANGES)

    def views(self, context: Context) -> float:
        """A forward pass for each photograph, unchanged and under each change."""
        units = self.units(context)
        return FORWARD * len(apart(context)["probing"]) * (sum(map(len, units)) + len(units))

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Make these changes and count what they do."""
        spent, given, bank = Spent(tick), carriers(context, "probing"), listed(context)
        found = effects(
            context.classifier,
            given.images,
            given.labels,
            [bank[item] for item in items],
            batch=context.config.probes.batch,
            tick=spent,
            rows=given.rows,
        )
        body = ProbesUnit(
            effects={item: recorded(effect) for item, effect in zip(items, found, strict=True)},
            last_layer=_last_layer(context, given.images) if 0 in items else None,
            carriers=given.source,
            photographs=len(given),
        )
        return Computed(body, spent.views)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """All that the three stages of probes found, and of each class what was tested."""
        units = bodies(records, ProbesUnit)
        if not units:
            return Reduced()
        tests = [test for body in bodies(records, CausalUnit) for test in body.tests]
        effects_by_place = {place: effect for body in units for place, effect in body.effects.items()}
        probes = Probes(
            carriers=units[0].carriers,
            photographs=units[0].photographs,
            held_back=len(apart(context)["held back"]),
            effects=[effects_by_place[place] for place in sorted(effects_by_place)],
            fitted=[fitted for body in bodies(records, FittedUnit) for fitted in body.fitted],
            last_layer=next((body.last_layer for body in units if body.last_layer), None),
            tests=tests,
            battery=battery(),
        )
        classes = {
            index: {"causal_tests": [test for test in tests if test.class_index == index]}
            for index in {test.class_index for test in tests}
        }
        return Reduced(run={"probes": probes}, classes=classes)


def _last_layer(context: Context, images: Tensor) -> LastLayer | None:
    rows = last_rows(context.classifier, images[: context.config.probes.batch])
    if rows is None:
        return None
    mean, positive = ([round(float(value), DIGITS) for value in part] for part in (rows.mean, rows.positive))
    return LastLayer(mean=mean, positive=positive)
