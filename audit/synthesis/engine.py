"""The engine: one batch mixes many classes and restarts, and each picture goes its own way.

Pictures in a batch share nothing but the forward pass: each has its own parameters, optimiser state,
schedule, random numbers and views. A slot whose picture is finished takes the next one. With a canvas
under the natural prior the engine draws what the network has learned; with bare pixels it shows what
happens without.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from audit.synthesis.adam import Adam
from audit.synthesis.aims import Aim
from audit.synthesis.canvas import Canvas
from audit.synthesis.pace import Ends, Pace
from audit.synthesis.schedule import Phase, rate
from audit.synthesis.views import Views, ViewSettings

Tick = Callable[[float], None]


@dataclass(frozen=True)
class Job:
    """One picture of a class to draw."""

    class_index: int
    restart: int


class Pull(Protocol):
    """What draws pictures besides the aim."""

    def __call__(self, pictures: Tensor, gradient: Tensor, steps: Sequence[int]) -> Tensor:
        """The aim's gradient at pictures `[n, c, h, w]`, whose own steps are given → the one to follow."""
        ...

    def keep(self, slots: Sequence[int]) -> None:
        """Only the pictures in these slots go on."""
        ...


@dataclass(frozen=True)
class Recipe:
    """How pictures are optimised."""

    phases: Sequence[Phase]
    rates: Sequence[float]
    """Peak step of each phase, in units of the canvas's parameters."""
    aim: Aim
    views: ViewSettings | None
    """None: the network sees the picture itself."""
    slots: int = 16
    """Pictures that share a forward pass."""
    pull: Pull | None = None
    pace: Pace | None = None
    """How far pictures may differ in the steps of the last phase; None: not at all."""
    sure: Callable[[], Tensor] | None = None
    """For a pace: how sure the network was of each picture `[n]` when the aim last looked."""


def draw(
    canvas: Canvas,
    targets: Sequence[int],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Tick = lambda views: None,
) -> tuple[Canvas, list[float]]:
    """Optimise the pictures of `canvas` for the aim's `targets`; returns them at the last size, and the views
    of each.

    `generators` are the pictures' own, one each. `tick` is told the views of each step, all slots together.
    """
    spent = [0.0] * len(targets)
    for number, (phase, peak) in enumerate(zip(recipe.phases, recipe.rates, strict=True)):
        if number:
            canvas = canvas.resized(phase.height, phase.width)
        pace = recipe.pace if number == len(recipe.phases) - 1 else None
        slots = _Slots(canvas, targets, generators, phase, peak, recipe, pace)
        while slots.jobs:
            tick(phase.cost * len(slots.jobs))
            for job, steps in slots.step():
                spent[job] += phase.cost * steps
    return canvas, spent


class _Slots:
    """The pictures in work at one size; those that are done go back to where they came from."""

    def __init__(
        self,
        canvas: Canvas,
        targets: Sequence[int],
        generators: Sequence[torch.Generator],
        phase: Phase,
        peak: float,
        recipe: Recipe,
        pace: Pace | None,
    ) -> None:
        self._all, self._targets, self._generators = canvas, targets, generators
        self._peak, self._recipe = peak, recipe
        waiting = range(len(targets)) if phase.steps else ()
        self._waiting = deque(waiting)
        self.jobs = [self._waiting.popleft() for _ in range(min(recipe.slots, len(self._waiting)))]
        """Slot → number of its picture."""
        self._steps = [0] * len(self.jobs)
        self._ends = Ends(len(self.jobs), phase.steps, pace)
        self._now = canvas.sharing(canvas.parameters.detach()[self.jobs].clone())
        self._adam = Adam(self._now.parameters)
        self._look: Views | None = None

    def step(self) -> list[tuple[int, int]]:
        """One step of every slot; returns the pictures that are done, and the steps they took."""
        pictures = self._now.render()
        self._adam.ascend(self._gradient(pictures), self._rates())
        self._now.settle()
        self._steps = [step + 1 for step in self._steps]
        if self._recipe.sure:
            self._ends.note(self._steps, self._recipe.sure())
        done = [slot for slot, step in enumerate(self._steps) if step >= self._ends.of[slot]]
        finished = [(self.jobs[slot], self._steps[slot]) for slot in done]
        self._return(done)
        return finished

    def _gradient(self, pictures: Tensor) -> Tensor:
        """Of score and pull, in the canvas's parameters."""
        numbers = torch.tensor([self._targets[job] for job in self.jobs], device=pictures.device)
        parameters, recipe = self._now.parameters, self._recipe
        score = recipe.aim(self._views(pictures), numbers).sum()
        if recipe.pull is None:
            return torch.autograd.grad(score, parameters)[0]
        (towards,) = torch.autograd.grad(score, pictures, retain_graph=True)
        return torch.autograd.grad(pictures, parameters, recipe.pull(pictures, towards, self._steps))[0]

    def _views(self, pictures: Tensor) -> Tensor:
        if self._recipe.views is None:
            return pictures
        if self._look is None:
            generators = [self._generators[job] for job in self.jobs]
            self._look = Views(self._recipe.views, generators, tuple(pictures.shape[1:]), pictures.device)
        return self._look(pictures)

    def _rates(self) -> Tensor:
        pairs = zip(self._steps, self._ends.of, strict=True)
        return torch.tensor([rate(step, end, self._peak) for step, end in pairs])

    @torch.no_grad()
    def _return(self, done: Sequence[int]) -> None:
        """Keep what is done, and fill its slots; slots for which nothing waits are given up."""
        for slot in done:
            self._all.parameters[self.jobs[slot]] = self._now.parameters[slot]
            if self._waiting:
                self._fill(slot, self._waiting.popleft())
        kept = [slot for slot, step in enumerate(self._steps) if step < self._ends.of[slot]]
        if len(kept) < len(self.jobs):
            self.jobs, self._steps = ([values[slot] for slot in kept] for values in (self.jobs, self._steps))
            self._now = self._now.sharing(self._now.parameters.detach()[kept].clone())
            self._adam.keep(kept, self._now.parameters)
            self._ends.keep(kept)
            if self._look:
                self._look.keep(kept)
            if self._recipe.pull:
                self._recipe.pull.keep(kept)

    def _fill(self, slot: int, job: int) -> None:
        self.jobs[slot], self._steps[slot] = job, 0
        self._now.parameters[slot] = self._all.parameters[job]
        self._adam.renew(slot)
        self._ends.renew(slot)
        if self._look:
            self._look.renew(slot, self._generators[job])
