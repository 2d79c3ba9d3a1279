"""The engine: one batch mixes many classes and restarts, and each picture goes its own way.

Pictures in a batch share nothing but the forward pass: each has its own parameters, optimiser state,
schedule, random numbers and views. A slot whose picture is finished takes the next one, whose canvas is
made then: memory does not grow with what waits. With a canvas under the natural prior the engine draws what
the network has learned; with bare pixels it shows what happens without.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from audit.errors import ModelError
from audit.image_stats import to_uint8
from audit.synthesis.adam import Adam
from audit.synthesis.augmentation import Views, ViewSettings
from audit.synthesis.objectives import Objective
from audit.synthesis.parameterization import Canvas
from audit.synthesis.schedule import Ends, Phase, StepBudget, rate

Tick = Callable[[float], None]
"""Told what was just spent: views, or pixels of a dream."""
Begin = Callable[[Sequence[torch.Generator]], Canvas]

NOT_FINITE = "expected a finite gradient on every view, got NaN or infinity while drawing"
NOT_FINITE_FIX = "correct the network's forward: on some picture it overflows or divides by zero"


@dataclass(frozen=True)
class Job:
    """One picture of a class to draw."""

    class_index: int
    restart: int


class Regularizer(Protocol):
    """What draws pictures besides the objective."""

    def __call__(self, pictures: Tensor, gradient: Tensor, steps: Sequence[int]) -> Tensor:
        """The objective's gradient at pictures `[n, c, h, w]`, whose own steps are given → the one to
        follow."""
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
    objective: Objective
    views: ViewSettings | None
    """None: the network sees the picture itself."""
    slots: int = 16
    """Pictures that share a forward pass."""
    regularizer: Regularizer | None = None
    step_budget: StepBudget | None = None
    """How far pictures may differ in the steps of the last phase; None: not at all."""
    confident: Callable[[], Tensor] | None = None
    """For a step budget: the network's confidence in each picture `[n]` when the objective last looked."""


def draw(
    begin: Begin,
    targets: Sequence[int],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Tick = lambda views: None,
    failed: dict[int, str] | None = None,
) -> tuple[Tensor, list[float]]:
    """Draw a picture for each of the objective's `targets`; returns them and the views of each.

    Pictures are `[n, c, h, w]` of the last size, in [0, 1] on the 8-bit grid, on the CPU. `begin` makes
    canvases of the first size; `generators` are the pictures' own, one each. `tick` is told the views of
    each step, all slots together.

    A picture that met NaN or infinity fails alone: its slot goes on to the end, so that the others are drawn
    in the same batches as without it. `failed` takes its place in `targets` and the reason, and it is black;
    a ModelError where no `failed` is given.
    """
    spent = [0.0] * len(targets)
    canvases: dict[int, Canvas] = {}
    pictures: dict[int, Tensor] = {}
    for number, (phase, peak) in enumerate(zip(recipe.phases, recipe.rates, strict=True)):

        def start(job: int, phase: Phase = phase) -> Canvas:
            before, own = canvases.pop(job, None), [generators[job]]
            return before.resized(phase.height, phase.width, own) if before else begin(own)

        last = number == len(recipe.phases) - 1
        slots = _Slots(start, targets, generators, phase, peak, recipe, recipe.step_budget if last else None)
        for job, steps, canvas in slots.run(tick):
            spent[job] += phase.cost * steps
            if last:
                picture = canvas.finished().cpu()
                if not bool(picture.isfinite().all()):
                    if failed is None:
                        raise ModelError(f"{NOT_FINITE} number {targets[job]}", fix=NOT_FINITE_FIX)
                    failed[job] = NOT_FINITE
                    picture = torch.zeros_like(picture)
                pictures[job] = to_uint8(picture)
            else:
                canvases[job] = canvas
    return torch.cat([pictures[job] for job in range(len(targets))]).float() / 255, spent


class _Slots:
    """The pictures in work at one size, each begun when its slot is free."""

    def __init__(
        self,
        start: Callable[[int], Canvas],
        targets: Sequence[int],
        generators: Sequence[torch.Generator],
        phase: Phase,
        peak: float,
        recipe: Recipe,
        step_budget: StepBudget | None,
    ) -> None:
        self._start, self._targets, self._generators = start, targets, generators
        self._phase, self._peak, self._recipe = phase, peak, recipe
        self._waiting = deque(range(len(targets)))
        self._jobs = [self._waiting.popleft() for _ in range(min(recipe.slots, len(self._waiting)))]
        """Slot → number of its picture."""
        self._steps = [0] * len(self._jobs)
        self._ends = Ends(len(self._jobs), phase.steps, step_budget)
        begun = [start(job) for job in self._jobs]
        self._now = begun[0].sharing(torch.cat([canvas.parameters.detach() for canvas in begun]))
        self._adam = Adam(self._now.parameters)
        self._look: Views | None = None

    def run(self, tick: Tick) -> Iterator[tuple[int, int, Canvas]]:
        """Until nothing waits; each picture that is done, the steps it took, and its canvas."""
        while self._jobs:
            if self._phase.steps:
                tick(self._phase.cost * len(self._jobs))
                self._step()
            done = [slot for slot, step in enumerate(self._steps) if step >= self._ends.of[slot]]
            for slot in done:
                own = self._now.parameters.detach()[slot : slot + 1].clone()
                yield self._jobs[slot], self._steps[slot], self._now.sharing(own)
            self._refill(done)

    def _step(self) -> None:
        """One step of every slot."""
        pictures = self._now.render()
        self._adam.ascend(self._gradient(pictures), self._rates())
        self._now.settle()
        self._steps = [step + 1 for step in self._steps]
        if self._recipe.confident:
            self._ends.note(self._steps, self._recipe.confident())

    def _gradient(self, pictures: Tensor) -> Tensor:
        """Of score and regularizer, in the canvas's parameters.

        Both are gradients of a scalar: given one to start from, `torch.autograd.grad` imports sympy, which
        takes as long as half of torch.
        """
        numbers = torch.tensor([self._targets[job] for job in self._jobs], device=pictures.device)
        parameters, recipe = self._now.parameters, self._recipe
        score = recipe.objective(self._views(pictures), numbers).sum()
        if recipe.regularizer is None:
            return torch.autograd.grad(score, parameters)[0]
        (towards,) = torch.autograd.grad(score, pictures, retain_graph=True)
        towards = recipe.regularizer(pictures, towards, self._steps)
        return torch.autograd.grad((pictures * towards).sum(), parameters)[0]

    def _views(self, pictures: Tensor) -> Tensor:
        if self._recipe.views is None:
            return pictures
        if self._look is None:
            generators = [self._generators[job] for job in self._jobs]
            self._look = Views(self._recipe.views, generators, tuple(pictures.shape[1:]), pictures.device)
        return self._look(pictures)

    def _rates(self) -> Tensor:
        pairs = zip(self._steps, self._ends.of, strict=True)
        return torch.tensor([rate(step, end, self._peak) for step, end in pairs])

    @torch.no_grad()
    def _refill(self, done: Sequence[int]) -> None:
        """Slots whose pictures are done take what waits; those for which nothing waits are given up."""
        refilled = done[: len(self._waiting)]
        for slot in refilled:
            self._fill(slot, self._waiting.popleft())
        given_up = done[len(refilled) :]
        if not given_up:
            return
        kept = [slot for slot in range(len(self._jobs)) if slot not in given_up]
        self._jobs, self._steps = ([values[slot] for slot in kept] for values in (self._jobs, self._steps))
        self._now = self._now.sharing(self._now.parameters.detach()[kept].clone())
        self._adam.keep(kept, self._now.parameters)
        self._ends.keep(kept)
        if self._look:
            self._look.keep(kept)
        if self._recipe.regularizer:
            self._recipe.regularizer.keep(kept)

    def _fill(self, slot: int, job: int) -> None:
        self._jobs[slot], self._steps[slot] = job, 0
        self._now.parameters[slot] = self._start(job).parameters[0]
        self._adam.renew(slot)
        self._ends.renew(slot)
        if self._look:
            self._look.renew(slot, self._generators[job])
