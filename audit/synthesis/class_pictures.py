"""From classes to finished pictures, with the natural prior or without."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.config import SynthesisConfig, UnconstrainedConfig
from audit.image_stats import NaturalPrior
from audit.synthesis.augmentation import ViewSettings
from audit.synthesis.engine import Finished, Job, Recipe, Tick, drawing
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.objectives import ClassObjective
from audit.synthesis.parameterization import PixelCanvas
from audit.synthesis.regularizers import Sparse
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


def gathered(pictures: Iterable[Finished]) -> Drawn:
    """All pictures of a drawing in the order of its jobs, from their first place on."""
    done = sorted(pictures, key=lambda one: one.job)
    return Drawn(
        torch.cat([one.picture for one in done]).float() / 255,
        [one.views for one in done],
        {place: one.failure for place, one in enumerate(done) if one.failure},
    )


def natural_phases(classifier: Classifier, config: SynthesisConfig) -> list[Phase]:
    """The phases of one restart: its share of the class's views, coarse to fine where the network allows."""
    share = config.views / config.restarts
    planned = phases(classifier.size, share, config.coarse, config.coarse_share, flexible=True)
    first = planned[0]
    if classifier.accepts((first.height, first.width)):
        return planned
    return phases(classifier.size, share, config.coarse, config.coarse_share, flexible=False)


def natural_drawing(
    classifier: Classifier,
    jobs: Sequence[Job],
    prior: NaturalPrior,
    config: SynthesisConfig,
    seed: int,
    tick: Tick = lambda views: None,
    planned: Sequence[Phase] | None = None,
    objective: ClassObjective | None = None,
) -> Iterator[Finished]:
    """Pictures of the jobs' classes under the natural prior, each as soon as it is done.

    `planned` replaces the configuration's phases, and every picture takes all of them; `objective` its
    objective.
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
    return drawing(begin, [job.class_index for job in jobs], generators, recipe, tick)


def draw_natural(
    classifier: Classifier,
    jobs: Sequence[Job],
    prior: NaturalPrior,
    config: SynthesisConfig,
    seed: int,
    tick: Tick = lambda views: None,
    planned: Sequence[Phase] | None = None,
) -> Drawn:
    """All pictures of a `natural_drawing`."""
    return gathered(natural_drawing(classifier, jobs, prior, config, seed, tick, planned))


def unconstrained_drawing(
    classifier: Classifier,
    jobs: Sequence[Job],
    config: UnconstrainedConfig,
    seed: int,
    tick: Tick = lambda views: None,
) -> Iterator[Finished]:
    """Pictures of the jobs' classes by the same engine with neither prior nor views, from pixel noise, each
    as soon as it is done."""
    height, width = classifier.size
    planned = [Phase(height, width, config.views // config.restarts or 1, 1.0)]
    generators = [generator(seed, "unconstrained", job.class_index, job.restart) for job in jobs]
    shape = (classifier.input.channels, height, width)
    begin = partial(PixelCanvas.noise, shape=shape, device=classifier.device)
    recipe = Recipe(
        planned, [config.rate], ClassObjective(classifier, "margin"), views=None, slots=config.batch
    )
    return drawing(begin, [job.class_index for job in jobs], generators, recipe, tick)


def draw_unconstrained(
    classifier: Classifier,
    jobs: Sequence[Job],
    config: UnconstrainedConfig,
    seed: int,
    tick: Tick = lambda views: None,
) -> Drawn:
    """All pictures of an `unconstrained_drawing`."""
    return gathered(unconstrained_drawing(classifier, jobs, config, seed, tick))


def _full(phase: Phase, classifier: Classifier) -> bool:
    return (phase.height, phase.width) == classifier.size
