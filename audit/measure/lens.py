"""Stage: pictures of an even sample of classes under a second prior, the statistics of batch norms.

Beside the natural prior. What shows only here comes from what the layers remember of the training
photographs, not from the class: it is shown, and no check uses it.
"""

from collections.abc import Sequence

from audit.measure.measured import record
from audit.measure.stage import Computed, Context, Tick, Together, chunks
from audit.measure.unconstrained import even_sample
from audit.results.units import Items, UnitRecord
from audit.synthesis.batch_norm import BatchNormAim, batch_norms
from audit.synthesis.engine import Job
from audit.synthesis.pictures import draw_natural, natural_phases


class Lens:
    """The same pictures as without it: settings, starts and views are those of the natural prior."""

    name = "lens"
    version = 2
    inputs: tuple[str, ...] = ()
    together: Together = "no"

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Those of the pictures, the prior that shapes them, and the weight."""
        config = context.config
        return {
            "synthesis": config.synthesis.model_dump(),
            "prior": context.prior.sha256,
            "weight": config.lens.weight,
        }

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Batches of the sampled classes; none without batch norms."""
        config = context.config.synthesis
        return chunks(_classes(context), config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of the sample."""
        config = context.config.synthesis
        each = sum(phase.steps * phase.cost for phase in natural_phases(context.classifier, config))
        return each * config.restarts * len(_classes(context))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Draw, then ask the network about the 8-bit files."""
        config, classifier = context.config, context.classifier
        jobs = [Job(c, r) for c in items for r in range(config.synthesis.restarts)]
        aim = BatchNormAim(classifier, config.synthesis.objective, config.lens.weight)
        prior = context.prior.prior
        drawn = draw_natural(classifier, jobs, prior, config.synthesis, config.seed, tick, aim=aim)
        return record(classifier, jobs, drawn, "batch-norm")


def lens_warnings(context: Context) -> list[str]:
    """Why no lens was drawn although it was asked for; empty else."""
    if context.config.lens.classes == 0 or batch_norms(context.classifier.module):
        return []
    return ["The network has no batch norm layers: no pictures were drawn with the batch-norm lens."]


def _classes(context: Context) -> tuple[int, ...]:
    wanted = context.config.lens.classes
    return even_sample(context.classes, wanted) if batch_norms(context.classifier.module) else ()
