"""From classes to finished pictures, with the natural prior or without."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from torch import Generator, Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.config import SynthesisConfig, UnconstrainedConfig
from audit.image_stats import NaturalPrior
from audit.synthesis.augmentation import ViewSettings
from audit.synthesis.engine import Begin, Job, Recipe, Tick, draw
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.objectives import ClassObjective
from audit.synthesis.parameterization import PixelCanvas
from audit.synthesis.regularizers import Sparse
from audit.synthesis.resuming import Checkpoint
from audit.synthesis.schedule import Phase, StepBudget, phases


@dataclass(frozen=True)
class Drawn:
    """Finished pictures."""

    images: Tensor
    """`[n, c, h, w]` in [0, 1], on the 8-bit grid, on the CPU."""
    views: list[float]
    """Cost of each picture in views."""
    failed: dict[int, str] = field(default_factory=dict[int, str])
    """Place of a picture that could not be drawn, which is black → why."""


def natural_phases(classifier: Classifier, config: SynthesisConfig) -> list[Phase]:
    """The phases of one restart: its share of the class's views, coarse to fine where the network allows."""
    share = config.views / config.restarts
    planned = phases(classifier.size, share, config.coarse, config.coarse_share, flexible=True)
    first = planned[0]
    if classifier.accepts((first.height, first.width)):
        return planned
    return phases(classifier.size, share, config.coarse, config.coarse_share, flexible=False)


def draw_natural(
    classifier: Classifier,
    jobs: Sequence[Job],
    prior: NaturalPrior,
    config: SynthesisConfig,
    seed: int,
    tick: Tick = lambda views: None,
    planned: Sequence[Phase] | None = None,
    objective: ClassObjective | None = None,
    checkpoint: Checkpoint | None = None,
) -> Drawn:
    """Pictures of the jobs' classes under the natural prior.

    `planned` replaces the configuration's phases, and every picture takes all of them; `objective` its
    objective. With a `checkpoint` an interrupted drawing of the same pictures goes on where it was.
    """
    step_budget = planned is None
    planned = planned or natural_phases(classifier, config)
    generators = [generator(seed, "pictures", job.class_index, job.restart) for job in jobs]
    palette = Palette(prior, classifier.input.channels, classifier.size, classifier.device)
    objective = objective or ClassObjective(classifier, config.objective)
    recipe = Recipe(
        phases=planned,
        rates=[config.rate if _full(phase, classifier) else config.coarse_rate for phase in planned],
        objective=objective,
        views=ViewSettings(config.crop, config.rotation, config.flip, config.noise, config.reach),
        slots=config.batch,
        step_budget=StepBudget(*config.step_budget) if step_budget else None,
        confident=objective.confident,
        regularizer=Sparse(prior, classifier.size, palette.luma, config.sparsity),
    )
    begin = partial(FourierCanvas.noise, palette, height=planned[0].height, width=planned[0].width)
    return _drawn(begin, jobs, generators, recipe, tick, checkpoint)


def draw_unconstrained(
    classifier: Classifier,
    jobs: Sequence[Job],
    config: UnconstrainedConfig,
    seed: int,
    tick: Tick = lambda views: None,
    checkpoint: Checkpoint | None = None,
) -> Drawn:
    """Pictures of the jobs' classes by the same engine with neither prior nor views, from pixel noise."""
    height, width = classifier.size
    planned = [Phase(height, width, config.views // config.restarts or 1, 1.0)]
    generators = [generator(seed, "unconstrained", job.class_index, job.restart) for job in jobs]
    shape = (classifier.input.channels, height, width)
    begin = partial(PixelCanvas.noise, shape=shape, device=classifier.device)
    recipe = Recipe(
        planned, [config.rate], ClassObjective(classifier, "margin"), views=None, slots=config.batch
    )
    return _drawn(begin, jobs, generators, recipe, tick, checkpoint)


def _drawn(
    begin: Begin,
    jobs: Sequence[Job],
    generators: Sequence[Generator],
    recipe: Recipe,
    tick: Tick,
    checkpoint: Checkpoint | None,
) -> Drawn:
    failed: dict[int, str] = {}
    targets = [job.class_index for job in jobs]
    images, views = draw(begin, targets, generators, recipe, tick, failed, checkpoint)
    return Drawn(images, views, failed)


def _full(phase: Phase, classifier: Classifier) -> bool:
    return (phase.height, phase.width) == classifier.size
