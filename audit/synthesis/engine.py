"""The engine: one batch mixes many classes and restarts, and each picture goes its own way.

Pictures in a batch share nothing but the forward pass: each has its own parameters, optimiser state,
random numbers and views. With a canvas under the natural prior it draws what the network has learned;
with bare pixels it shows what happens without.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.margins import margin, own_logit
from audit.synthesis.adam import Adam
from audit.synthesis.canvas import Canvas
from audit.synthesis.schedule import Phase, rate
from audit.synthesis.views import Views, ViewSettings

Objective = Callable[[Tensor, Tensor], Tensor]
OBJECTIVES: dict[str, Objective] = {"logit": own_logit, "margin": margin}


@dataclass(frozen=True)
class Job:
    """One picture to draw."""

    class_index: int
    restart: int


@dataclass(frozen=True)
class Recipe:
    """How a batch of pictures is optimised."""

    phases: Sequence[Phase]
    rates: Sequence[float]
    """Peak step of each phase, in units of the canvas's parameters."""
    objective: Objective
    views: ViewSettings | None
    """None: the network sees the picture itself."""


def draw(
    classifier: Classifier,
    canvas: Canvas,
    jobs: Sequence[Job],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Callable[[float], None] = lambda views: None,
) -> Canvas:
    """Optimise the pictures of `canvas` for the classes of `jobs`; returns the canvas at its last size.

    `generators` are the jobs' own, one each. `tick` is told the views of each step, all pictures together.
    """
    classes = torch.tensor([job.class_index for job in jobs], device=classifier.device)
    for number, (phase, peak) in enumerate(zip(recipe.phases, recipe.rates, strict=True)):
        if number:
            canvas = canvas.resized(phase.height, phase.width)
        shape = (classifier.input.channels, phase.height, phase.width)
        look = Views(recipe.views, generators, shape, classifier.device) if recipe.views else None
        adam = Adam(canvas.parameters)
        for step in range(phase.steps):
            pictures = canvas.render()
            logits = classifier.logits(look(pictures) if look else pictures)
            score = recipe.objective(logits, classes).sum()
            (gradient,) = torch.autograd.grad(score, canvas.parameters)
            adam.ascend(gradient, rate(step, phase.steps, peak))
            tick(phase.cost * len(jobs))
    return canvas
