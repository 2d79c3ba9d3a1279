"""What a run will take, from a few timed steps: minutes and disk, before anything is written."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from audit.image_stats import measure, to_uint8_grid
from audit.images.png import png
from audit.isolation import isolated
from audit.photos import read
from audit.records.unit_records import Items
from audit.runner.plan import Unit, foreseen, plan
from audit.stages import STAGES, Context, Stage, in_order
from audit.stages.counterexamples.counterexamples_stage import CounterexamplesStage
from audit.stages.stage import FORWARD, even_sample
from audit.stages.transfer.transfer_stage import BATCH
from audit.synthesis.class_pictures import Drawn, draw_natural, draw_unconstrained, natural_phases
from audit.synthesis.engine import Job
from audit.synthesis.memory import reuse_memory

STEPS = 4
"""Timed steps per phase, after one that warms up."""
READ = 16
"""Photographs read to time one."""
PAGE_SHARE = 0.2
"""Page and records beside the lossless pictures."""


@dataclass(frozen=True)
class StageForecast:
    """One stage."""

    name: str
    of: Items
    items: int
    units: int
    views: float
    seconds: float


@dataclass(frozen=True)
class Forecast:
    """A whole run."""

    stages: tuple[StageForecast, ...]
    megabytes: float
    folder: Path
    """Where the run would write."""

    @property
    def seconds(self) -> float:
        """All stages."""
        return sum(stage.seconds for stage in self.stages)


@isolated()
def forecast(context: Context) -> Forecast:
    """Time a few steps of one full batch in each phase, and scale up."""
    reuse_memory()
    config = context.config
    sample = even_sample(context.classes, config.unconstrained.classes)
    natural, natural_seconds, per_view = _time_natural(context)
    reading = _time_reading(context)
    bare_seconds = _time_unconstrained(context, sample) if sample else 0.0
    drawn = len(context.classes) * config.synthesis.restarts
    bare = len(sample) * config.unconstrained.restarts
    began = time.perf_counter()
    measure(natural.images)
    measuring = (time.perf_counter() - began) / len(natural.images)
    seconds = {
        "pictures": natural_seconds,
        "unconstrained": bare_seconds,
        "statistics": measuring * (drawn + bare),
    }
    units = plan(context)
    # The transfer model is another network with a speed of its own.
    judged = {"transfer", "transfer-accuracy"}
    transfer_view = _time_transfer_model(context, natural.images[:BATCH])
    stages = tuple(
        StageForecast(
            name=stage.name,
            of=stage.of(context),
            items=len({item for unit in units if unit.stage.name == stage.name for item in unit.items}),
            units=sum(unit.stage.name == stage.name for unit in units),
            views=views,
            seconds=seconds[stage.name]
            if stage.name in seconds
            else (transfer_view if stage.name in judged else per_view) * views
            + reading * (_photographs(stage, units) + _counterexamples(stage, context)),
        )
        for stage, views in ((stage, foreseen(stage, context)) for stage in in_order(STAGES))
        # A stage that chooses its units from records has none yet.
        if views or any(unit.stage.name == stage.name for unit in units)
    )
    noise = torch.rand(natural.images.shape[1:], generator=torch.Generator().manual_seed(0))
    size = len(png(natural.images[0])) * drawn + len(png(to_uint8_grid(noise))) * bare
    return Forecast(stages, size * (1 + PAGE_SHARE) / 2**20, context.folder)


def _time_transfer_model(context: Context, images: Tensor) -> float:
    """Seconds that a view of the transfer model takes: forward passes only, counted as all stages count
    them."""
    if context.transfer_model is None:
        return 0.0
    clock = _Clock()
    with torch.no_grad():
        for _ in range(1 + STEPS):
            context.transfer_model.classifier.logits(context.transfer_model.sees(images))
            clock(0.0)
    return clock.seconds_per_step() / len(images) / FORWARD


def _photographs(stage: Stage, units: Sequence[Unit]) -> int:
    """How many photographs a stage reads."""
    return sum(
        len(unit.items) for unit in units if unit.stage.name == stage.name and unit.of == "photographs"
    )


def _counterexamples(stage: Stage, context: Context) -> int:
    """How many counterexamples it reads."""
    return stage.files(context) if isinstance(stage, CounterexamplesStage) else 0


def _time_reading(context: Context) -> float:
    """Seconds to read one photograph: of the run's, else of the counterexamples."""
    sets = [photos for given in context.counterexamples for photos in given.photos.values()]
    photos = context.photos or next(iter(sets), None)
    if photos is None:
        return 0.0
    entries = [photos.entries[i] for i in photos.even(READ)]
    began = time.perf_counter()
    read(entries, context.classifier.input)
    return (time.perf_counter() - began) / len(entries)


def _time_natural(context: Context) -> tuple[Drawn, float, float]:
    """A batch of pictures at full size, the seconds for all classes, and those of one view at full size."""
    classifier, config, seed = context.classifier, context.config.synthesis, context.config.seed
    count = max(1, config.batch // config.restarts)
    jobs = [Job(c, r) for c in context.classes[:count] for r in range(config.restarts)]
    per_picture, per_view, drawn = 0.0, 0.0, None
    for phase in natural_phases(classifier, config):
        clock = _Clock()
        short = [replace(phase, steps=1 + STEPS)]
        drawn = draw_natural(classifier, jobs, context.prior.prior, config, seed, clock, short)
        per_view = clock.seconds_per_step() / len(jobs)
        per_picture += per_view * phase.steps
    assert drawn is not None
    return drawn, per_picture * config.restarts * len(context.classes), per_view


def _time_unconstrained(context: Context, sample: tuple[int, ...]) -> float:
    classifier, config, seed = context.classifier, context.config.unconstrained, context.config.seed
    count = max(1, config.batch // config.restarts)
    jobs = [Job(c, r) for c in sample[:count] for r in range(config.restarts)]
    clock = _Clock()
    short = config.model_copy(update={"views": (1 + STEPS) * config.restarts})
    draw_unconstrained(classifier, jobs, short, seed, clock)
    steps = max(1, config.views // config.restarts)
    return clock.seconds_per_step() * steps / len(jobs) * config.restarts * len(sample)


class _Clock:
    """Takes the time at each step; the first one also warms up and is left out."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def __call__(self, views: float) -> None:
        self._times.append(time.perf_counter())

    def seconds_per_step(self) -> float:
        return statistics.median(b - a for a, b in pairwise(self._times))
