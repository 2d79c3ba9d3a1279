"""Stage: pictures of an even sample of classes under a second prior, the statistics of batch norms.

Beside the natural prior. What shows only here comes from what the layers remember of the training
photographs, not from the class: it is shown, and no check uses it.
"""

from collections.abc import Sequence

from audit.records.unit_records import Items, UnitRecord
from audit.stages.pictures.record_pictures import record
from audit.stages.stage import Computed, Context, Tick, Together, chunks, even_sample
from audit.stages.tuning.tuning_stage import tuned
from audit.synthesis.class_pictures import draw_natural, draw_unconstrained, natural_phases
from audit.synthesis.engine import Job
from audit.synthesis.regularizers import BatchNormObjective, batch_norms

# Stage: pictures of every class under the natural prior.

BATCHES = 4
"""Batches of a unit: until nothing waits, a slot whose picture is done takes the next one."""


class Pictures:
    """Restarts of each class, a few batches at a time."""

    name = "pictures"
    version = 4
    inputs: tuple[str, ...] = ("tuning",)
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
        """Draw with the tuning's recipe, where there was one; then ask the network about the 8-bit files."""
        config, seed = tuned(context.config.synthesis, inputs), context.config.seed
        jobs = [Job(c, r) for c in items for r in range(config.restarts)]
        drawn = draw_natural(context.classifier, jobs, context.prior.prior, config, seed, tick)
        return record(context.classifier, jobs, drawn, "natural")


# Stage: pictures without prior, of an even sample of the classes.


class Unconstrained:
    """The same engine from pixel noise: what the network can be made to say by no natural picture."""

    name = "unconstrained"
    version = 3
    inputs: tuple[str, ...] = ()
    together: Together = "no"

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, apart from how many classes are sampled."""
        return {"unconstrained": context.config.unconstrained.model_dump(exclude={"classes"})}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Batches of the sampled classes."""
        config = context.config.unconstrained
        return chunks(even_sample(context.classes, config.classes), config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of the sample."""
        config = context.config.unconstrained
        each = max(1, config.views // config.restarts) * config.restarts
        return float(each * len(even_sample(context.classes, config.classes)))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Draw, then ask the network about the 8-bit files."""
        config = context.config
        jobs = [Job(c, r) for c in items for r in range(config.unconstrained.restarts)]
        drawn = draw_unconstrained(context.classifier, jobs, config.unconstrained, config.seed, tick)
        return record(context.classifier, jobs, drawn, "none")


class BatchNormPictures:
    """The same pictures as without it: settings, starts and views are those of the natural prior."""

    name = "batch-norm-pictures"
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
            "weight": config.batch_norm_prior.weight,
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
        objective = BatchNormObjective(classifier, config.synthesis.objective, config.batch_norm_prior.weight)
        prior = context.prior.prior
        drawn = draw_natural(
            classifier, jobs, prior, config.synthesis, config.seed, tick, objective=objective
        )
        return record(classifier, jobs, drawn, "batch-norm")


def batch_norm_warnings(context: Context) -> list[str]:
    """Why there are no batch-norm pictures although they were asked for; empty else."""
    if context.config.batch_norm_prior.classes == 0 or batch_norms(context.classifier.module):
        return []
    return ["The network has no batch norm layers: no pictures were drawn with the batch-norm prior."]


def _classes(context: Context) -> tuple[int, ...]:
    wanted = context.config.batch_norm_prior.classes
    return even_sample(context.classes, wanted) if batch_norms(context.classifier.module) else ()
