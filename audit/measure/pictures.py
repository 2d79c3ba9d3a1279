"""Stage: pictures of every class under the natural prior."""

from collections.abc import Sequence

from audit.measure.measured import record
from audit.measure.pilot import tuned
from audit.measure.stage import Computed, Context, Tick, Together, chunks
from audit.results.units import Items, UnitRecord
from audit.synthesis.engine import Job
from audit.synthesis.pictures import draw_natural, natural_phases

BATCHES = 4
"""Batches of a unit: until nothing waits, a slot whose picture is done takes the next one."""


class Pictures:
    """Restarts of each class, a few batches at a time."""

    name = "pictures"
    version = 4
    inputs: tuple[str, ...] = ("pilot",)
    together: Together = "no"

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, and the baseline that shapes the prior."""
        return {"synthesis": context.config.synthesis.model_dump(), "prior": context.prior.sha256}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """As many classes as fill a few batches with their restarts."""
        config = context.config.synthesis
        return chunks(context.classes, BATCHES * config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of all classes."""
        phases = natural_phases(context.classifier, context.config.synthesis)
        each = sum(phase.steps * phase.cost for phase in phases)
        return each * context.config.synthesis.restarts * len(context.classes)

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Draw with the pilot's recipe, where there was one; then ask the network about the 8-bit files."""
        config, seed = tuned(context.config.synthesis, inputs), context.config.seed
        jobs = [Job(c, r) for c in items for r in range(config.restarts)]
        drawn = draw_natural(context.classifier, jobs, context.prior.prior, config, seed, tick)
        return record(context.classifier, jobs, drawn, "natural")
