"""The engine: one batch mixes many classes and restarts, and each picture goes its own way.

Pictures in a batch share nothing but the forward pass: each has its own parameters, optimiser state,
random numbers and views. With a canvas under the natural prior it draws what the network has learned;
with bare pixels it shows what happens without.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from audit.synthesis.adam import Adam
from audit.synthesis.aims import Aim
from audit.synthesis.canvas import Canvas
from audit.synthesis.schedule import Phase, rate
from audit.synthesis.views import Views, ViewSettings


@dataclass(frozen=True)
class Job:
    """One picture of a class to draw."""

    class_index: int
    restart: int


@dataclass(frozen=True)
class Recipe:
    """How a batch of pictures is optimised."""

    phases: Sequence[Phase]
    rates: Sequence[float]
    """Peak step of each phase, in units of the canvas's parameters."""
    aim: Aim
    views: ViewSettings | None
    """None: the network sees the picture itself."""


def draw(
    canvas: Canvas,
    targets: Sequence[int],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Callable[[float], None] = lambda views: None,
) -> Canvas:
    """Optimise the pictures of `canvas` for the aim's `targets`; returns the canvas at its last size.

    `generators` are the pictures' own, one each. `tick` is told the views of each step,
    all pictures together.
    """
    device = canvas.parameters.device
    numbers = torch.tensor(targets, device=device)
    for number, (phase, peak) in enumerate(zip(recipe.phases, recipe.rates, strict=True)):
        if number:
            canvas = canvas.resized(phase.height, phase.width)
        look: Views | None = None
        adam = Adam(canvas.parameters)
        for step in range(phase.steps):
            pictures = canvas.render()
            if recipe.views and look is None:
                shape = (pictures.shape[1], phase.height, phase.width)
                look = Views(recipe.views, generators, shape, device)
            score = recipe.aim(look(pictures) if look else pictures, numbers).sum()
            (gradient,) = torch.autograd.grad(score, canvas.parameters)
            adam.ascend(gradient, rate(step, phase.steps, peak))
            tick(phase.cost * len(targets))
    return canvas
