"""Stages: pictures of classes, under the natural prior, without it, and under a second one.

The second prior, the statistics of batch norms, stands beside the natural one. What shows only there comes
from what the layers remember of the training photographs, not from the class: it is shown, and no check uses
it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from audit.records.pictures import Prior
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PicturesUnit, UnitRecord
from audit.stages.pictures.pictures_reduction import natural_groups, own_diversities, own_pictures
from audit.stages.pictures.record_pictures import record
from audit.stages.stage import Computed, Context, Reduced, Tick, Together, chunks, even_sample
from audit.stages.tuning.tuning_stage import tuned
from audit.synthesis.class_pictures import Drawn, draw_natural, draw_unconstrained, natural_phases
from audit.synthesis.engine import Job
from audit.synthesis.regularizers import BatchNormObjective, batch_norms

BATCHES = 4
"""Batches of a unit of pictures: until nothing waits, a slot whose picture is done takes the next one."""


class DrawingStage(ABC):
    """What stages of pictures share: restarts of classes are drawn, and the network is asked about the 8-bit
    files."""

    name: str
    inputs: tuple[str, ...] = ()
    together: Together = "no"
    body: type[UnitBody] = PicturesUnit
    prior: Prior
    field = "pictures"
    """Of `ClassResult`."""

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Draw, then ask the network about the 8-bit files."""
        jobs = [Job(c, r) for c in items for r in range(self.restarts(context))]
        return record(context.classifier, jobs, self.draw(jobs, context, inputs, tick), self.prior)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The pictures of each class, and why some could not be drawn."""
        return Reduced(classes=own_pictures(records, self.name, self.field))

    @abstractmethod
    def restarts(self, context: Context) -> int:
        """Pictures of each class."""

    @abstractmethod
    def draw(self, jobs: Sequence[Job], context: Context, inputs: Sequence[UnitRecord], tick: Tick) -> Drawn:
        """A picture for each job."""


class Pictures(DrawingStage):
    """Every class under the natural prior, a few batches at a time."""

    name = "pictures"
    version = 4
    inputs: tuple[str, ...] = ("tuning",)
    prior: Prior = "natural"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, and the baseline that shapes the prior."""
        return {"synthesis": context.config.synthesis.model_dump(), "prior": context.prior.sha256}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """As many classes as fill a few batches with their restarts."""
        config = context.config.synthesis
        return chunks(context.classes, BATCHES * config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of all classes."""
        return _natural_views(context, len(context.classes))

    def restarts(self, context: Context) -> int:
        """Those of the section `synthesis`."""
        return context.config.synthesis.restarts

    def draw(self, jobs: Sequence[Job], context: Context, inputs: Sequence[UnitRecord], tick: Tick) -> Drawn:
        """With the tuning's recipe, where there was one."""
        config = tuned(context.config.synthesis, inputs)
        classifier, prior, seed = context.classifier, context.prior.prior, context.config.seed
        return draw_natural(classifier, jobs, prior, config, seed, tick, checkpoint=context.checkpoint)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Besides the pictures, how much the restarts of a class agree."""
        classes = own_pictures(records, self.name, self.field)
        for index, diversity in own_diversities(natural_groups(records)).items():
            classes[index] |= {"diversity": diversity, "agreement": 1 - diversity.value}
        return Reduced(classes=classes)


class Unconstrained(DrawingStage):
    """The same engine from pixel noise: what the network can be made to say by no natural picture. Of an even
    sample of the classes."""

    name = "unconstrained"
    version = 3
    prior: Prior = "none"

    def settings(self, context: Context) -> dict[str, object]:
        """Its section of the configuration, apart from how many classes are sampled."""
        return {"unconstrained": context.config.unconstrained.model_dump(exclude={"classes"})}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches of the sampled classes."""
        config = context.config.unconstrained
        return chunks(even_sample(context.classes, config.classes), config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of the sample."""
        config = context.config.unconstrained
        each = max(1, config.views // config.restarts) * config.restarts
        return float(each * len(even_sample(context.classes, config.classes)))

    def restarts(self, context: Context) -> int:
        """Those of the section `unconstrained`."""
        return context.config.unconstrained.restarts

    def draw(self, jobs: Sequence[Job], context: Context, inputs: Sequence[UnitRecord], tick: Tick) -> Drawn:
        """From noise, plain pixels."""
        classifier, own, seed = context.classifier, context.config.unconstrained, context.config.seed
        return draw_unconstrained(classifier, jobs, own, seed, tick, context.checkpoint)


class BatchNormPictures(DrawingStage):
    """An even sample of the classes under the natural prior and towards the statistics of batch norms:
    settings, starts and views are those of the pictures without the second prior."""

    name = "batch-norm-pictures"
    version = 2
    prior: Prior = "batch-norm"
    field = "batch_norm_pictures"

    def settings(self, context: Context) -> dict[str, object]:
        """Those of the pictures, the prior that shapes them, and the weight."""
        config = context.config
        return {
            "synthesis": config.synthesis.model_dump(),
            "prior": context.prior.sha256,
            "weight": config.batch_norm_prior.weight,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches of the sampled classes; none without batch norms."""
        config = context.config.synthesis
        return chunks(_sampled(context), config.batch // config.restarts)

    def views(self, context: Context) -> float:
        """All restarts of the sample."""
        return _natural_views(context, len(_sampled(context)))

    def restarts(self, context: Context) -> int:
        """Those of the section `synthesis`."""
        return context.config.synthesis.restarts

    def draw(self, jobs: Sequence[Job], context: Context, inputs: Sequence[UnitRecord], tick: Tick) -> Drawn:
        """With the run's own recipe, whatever the tuning found."""
        config, classifier = context.config, context.classifier
        objective = BatchNormObjective(classifier, config.synthesis.objective, config.batch_norm_prior.weight)
        return draw_natural(
            classifier,
            jobs,
            context.prior.prior,
            config.synthesis,
            config.seed,
            tick,
            objective=objective,
            checkpoint=context.checkpoint,
        )

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Besides the pictures, why there are none although they were asked for."""
        classes = own_pictures(records, self.name, self.field)
        return Reduced(classes=classes, warnings=batch_norm_warnings(context))


def batch_norm_warnings(context: Context) -> list[str]:
    """Why there are no batch-norm pictures although they were asked for; empty else."""
    if context.config.batch_norm_prior.classes == 0 or batch_norms(context.classifier.module):
        return []
    return ["The network has no batch norm layers: no pictures were drawn with the batch-norm prior."]


def _sampled(context: Context) -> tuple[int, ...]:
    wanted = context.config.batch_norm_prior.classes
    return even_sample(context.classes, wanted) if batch_norms(context.classifier.module) else ()


def _natural_views(context: Context, classes: int) -> float:
    """Views of so many classes, all restarts, at most."""
    config = context.config.synthesis
    each = sum(phase.steps * phase.cost for phase in natural_phases(context.classifier, config))
    return each * config.restarts * classes
