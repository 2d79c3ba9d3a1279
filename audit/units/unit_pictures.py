"""From units to finished pictures under the natural prior."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.config import SynthesisConfig
from audit.image_stats import NaturalPrior
from audit.synthesis.augmentation import ViewSettings
from audit.synthesis.class_pictures import natural_phases
from audit.synthesis.engine import Recipe, draw
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.regularizers import Sparse
from audit.synthesis.schedule import Phase
from audit.units.unit_names import Unit, UnitObjective

STEADY = ViewSettings(crop=(0.9, 1.0), rotation=3.0, flip=False, noise=0.02)
"""Views for a neuron: what it looks at must stay where it looks."""


def draw_units(
    classifier: Classifier,
    units: Sequence[Unit],
    prior: NaturalPrior,
    config: SynthesisConfig,
    seed: int,
    tick: Callable[[float], None] = lambda views: None,
) -> list[Tensor]:
    """For each unit its restarts `[restarts, c, h, w]`, on the 8-bit grid, on the CPU.

    Each picture takes `config.views / config.restarts` views. Restart r starts from the same noise for every
    unit, so that what differs between two units is theirs. Units of a layer share batches of `config.batch`.
    """
    pictures: dict[tuple[int, int], Tensor] = {}
    groups: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for place, unit in enumerate(units):
        jobs = [(place, restart) for restart in range(config.restarts)]
        groups.setdefault((unit.layer.name, unit.position is not None), []).extend(jobs)
    for (_, neuron), jobs in groups.items():
        views = (
            STEADY
            if neuron
            else ViewSettings(config.crop, config.rotation, config.flip, config.noise, config.reach)
        )
        for start in range(0, len(jobs), config.batch):
            batch = jobs[start : start + config.batch]
            drawn = _draw(classifier, units, batch, prior, config, views, seed, tick)
            pictures |= dict(zip(batch, drawn, strict=True))
    return [
        torch.stack([pictures[place, restart] for restart in range(config.restarts)])
        for place in range(len(units))
    ]


def _draw(
    classifier: Classifier,
    units: Sequence[Unit],
    jobs: Sequence[tuple[int, int]],
    prior: NaturalPrior,
    config: SynthesisConfig,
    views: ViewSettings,
    seed: int,
    tick: Callable[[float], None],
) -> Tensor:
    """Pictures of (place in `units`, restart), one batch."""
    planned = natural_phases(classifier, config)
    generators = [generator(seed, "units", restart) for _, restart in jobs]
    palette = Palette(prior, classifier.input.channels, classifier.size, classifier.device)
    recipe = Recipe(
        planned,
        [_rate(p, classifier, config) for p in planned],
        UnitObjective(classifier, units),
        views,
        regularizer=Sparse(prior, classifier.size, palette.luma, config.sparsity),
    )
    begin = partial(FourierCanvas.noise, palette, height=planned[0].height, width=planned[0].width)
    return draw(begin, [place for place, _ in jobs], generators, recipe, tick)[0]


def _rate(phase: Phase, classifier: Classifier, config: SynthesisConfig) -> float:
    return config.rate if (phase.height, phase.width) == classifier.size else config.coarse_rate
