"""The engine: one batch mixes many classes and restarts, and each picture goes its own way.

Pictures in a batch share nothing but the forward pass: each has its own parameters, optimiser state,
schedule, random numbers and views. A slot whose picture is finished takes the next one, whose canvas is
made then: memory does not grow with what waits. With a canvas under the natural prior the engine draws what
the network has learned; with bare pixels it shows what happens without.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
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
from audit.synthesis.resuming import Checkpoint, arrays, by_number, integers, numbered, read
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

    last: Tensor | None
    """What it carries from step to step for each picture `[n, ...]`; None for nothing yet."""

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
    checkpoint: Checkpoint | None = None,
) -> tuple[Tensor, list[float]]:
    """Draw a picture for each of the objective's `targets`; returns them and the views of each.

    Pictures are `[n, c, h, w]` of the last size, in [0, 1] on the 8-bit grid, on the CPU. `begin` makes
    canvases of the first size; `generators` are the pictures' own, one each. `tick` is told the views of
    each step, all slots together.

    A picture that met NaN or infinity fails alone: its slot goes on to the end, so that the others are drawn
    in the same batches as without it. `failed` takes its place in `targets` and the reason, and it is black;
    a ModelError where no `failed` is given.

    With a `checkpoint` an interrupted drawing goes on where it was, to the same bits; `tick` is told what was
    left to do.
    """
    work = _Work(begin, targets, generators, recipe)
    kept = read(checkpoint, targets)
    if kept:
        work.restore(kept)
    while work.phase < len(recipe.phases):
        slots = _Slots(work, kept)
        kept = None
        while slots.jobs:
            for job, steps, canvas in slots.step(tick):
                work.take(job, steps, canvas)
            if checkpoint and slots.jobs:
                checkpoint.offer(lambda slots=slots: arrays(targets, {**work.state(), **slots.state()}))
        work.phase += 1
    for job in work.failed:
        if failed is None:
            raise ModelError(f"{NOT_FINITE} number {targets[job]}", fix=NOT_FINITE_FIX)
        failed[job] = NOT_FINITE
    return torch.cat([work.pictures[job] for job in range(len(targets))]).float() / 255, work.spent


class _Work:
    """What is asked for, and how far each picture is, those in the slots apart."""

    def __init__(
        self, begin: Begin, targets: Sequence[int], generators: Sequence[torch.Generator], recipe: Recipe
    ) -> None:
        self.begin, self.targets, self.generators, self.recipe = begin, targets, generators, recipe
        self.phase = 0
        self.spent = [0.0] * len(targets)
        self.canvases: dict[int, Canvas] = {}
        """Those that are done with a phase which is not the last."""
        self.pictures: dict[int, Tensor] = {}
        self.failed: list[int] = []

    def start(self, job: int) -> Canvas:
        """A picture's canvas in the present phase."""
        before, own = self.canvases.pop(job, None), [self.generators[job]]
        phase = self.recipe.phases[self.phase]
        return before.resized(phase.height, phase.width, own) if before else self.begin(own)

    def take(self, job: int, steps: int, canvas: Canvas) -> None:
        """A picture is done with the present phase."""
        self.spent[job] += self.recipe.phases[self.phase].cost * steps
        if self.phase < len(self.recipe.phases) - 1:
            self.canvases[job] = canvas
            return
        picture = canvas.finished().cpu()
        if not bool(picture.isfinite().all()):
            self.failed.append(job)
            picture = torch.zeros_like(picture)
        self.pictures[job] = to_uint8(picture)

    def state(self) -> dict[str, Tensor]:
        """All that pictures depend on which are not in a slot, and everybody's random numbers."""
        return {
            "phase": torch.tensor(self.phase),
            "spent": torch.tensor(self.spent, dtype=torch.float64),
            "failed": torch.tensor(self.failed, dtype=torch.long),
            "generators": torch.stack([own.get_state() for own in self.generators]),
            **numbered("picture", self.pictures),
            **numbered("canvas", {job: canvas.parameters for job, canvas in self.canvases.items()}),
        }

    def restore(self, kept: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self.phase, self.failed = int(kept["phase"]), integers(kept["failed"])
        self.spent = [float(views) for views in kept["spent"]]
        self.pictures = by_number("picture", kept)
        waiting = integers(kept["waiting"])  # are still of the size before
        self.canvases = {
            job: self.blank(self.phase - (job in waiting)).sharing(parameters)
            for job, parameters in by_number("canvas", kept).items()
        }
        for own, state in zip(self.generators, kept["generators"], strict=True):
            own.set_state(state.clone())  # of a view into a larger tensor it reads the wrong memory

    def blank(self, phase: int) -> Canvas:
        """A canvas of a phase's size, of which others are made; no picture's random numbers are used."""
        nobody, at = [torch.Generator().manual_seed(0)], self.recipe.phases[phase]
        return self.begin(nobody).resized(at.height, at.width, nobody)


class _Slots:
    """The pictures in work at one size, each begun when its slot is free."""

    def __init__(self, work: _Work, kept: Mapping[str, Tensor] | None) -> None:
        """Of the present phase, begun or gone on with from what was `kept`."""
        self._work, self._recipe = work, work.recipe
        self._phase, self._peak = work.recipe.phases[work.phase], work.recipe.rates[work.phase]
        self._look: Views | None = None
        self._bank: Tensor | None = None
        last = work.phase == len(work.recipe.phases) - 1
        step_budget = work.recipe.step_budget if last else None
        if kept:
            self._waiting = deque(integers(kept["waiting"]))
            self.jobs, self._steps = integers(kept["jobs"]), integers(kept["steps"])
            self._now = work.blank(work.phase).sharing(kept["parameters"])
        else:
            self._waiting = deque(range(len(work.targets)))
            self.jobs = [self._waiting.popleft() for _ in range(min(self._recipe.slots, len(self._waiting)))]
            """Slot → number of its picture."""
            self._steps = [0] * len(self.jobs)
            begun = [work.start(job) for job in self.jobs]
            self._now = begun[0].sharing(torch.cat([canvas.parameters.detach() for canvas in begun]))
        self._ends = Ends(len(self.jobs), self._phase.steps, step_budget)
        self._adam = Adam(self._now.parameters)
        if kept:
            self._ends.restore(kept)
            self._adam.restore(kept)
            self._bank = kept.get("bank")
            if self._recipe.regularizer:
                self._recipe.regularizer.last = kept.get("last")

    def state(self) -> dict[str, Tensor]:
        """All that the pictures in the slots depend on, but their random numbers."""
        regularizer = self._recipe.regularizer
        found = {
            "waiting": torch.tensor([*self._waiting], dtype=torch.long),
            "jobs": torch.tensor(self.jobs),
            "steps": torch.tensor(self._steps),
            "parameters": self._now.parameters,
            "bank": self._look.bank if self._look else None,
            "last": regularizer.last if regularizer else None,
            **self._ends.state(),
            **self._adam.state(),
        }
        return {name: tensor for name, tensor in found.items() if tensor is not None}

    def step(self, tick: Tick) -> list[tuple[int, int, Canvas]]:
        """One step of every slot: the pictures that are done then, the steps each took, and its canvas."""
        if self._phase.steps:
            tick(self._phase.cost * len(self.jobs))
            self._ascend()
        done = [slot for slot, step in enumerate(self._steps) if step >= self._ends.of[slot]]
        finished = [
            (self.jobs[slot], self._steps[slot], self._now.sharing(self._now.parameters.detach()[[slot]]))
            for slot in done
        ]
        self._refill(done)
        return finished

    def _ascend(self) -> None:
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
        numbers = torch.tensor([self._work.targets[job] for job in self.jobs], device=pictures.device)
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
            generators = [self._work.generators[job] for job in self.jobs]
            self._look = Views(
                self._recipe.views, generators, tuple(pictures.shape[1:]), pictures.device, self._bank
            )
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
        kept = [slot for slot in range(len(self.jobs)) if slot not in given_up]
        self.jobs, self._steps = ([values[slot] for slot in kept] for values in (self.jobs, self._steps))
        self._now = self._now.sharing(self._now.parameters.detach()[kept].clone())
        self._adam.keep(kept, self._now.parameters)
        self._ends.keep(kept)
        if self._look:
            self._look.keep(kept)
        if self._recipe.regularizer:
            self._recipe.regularizer.keep(kept)

    def _fill(self, slot: int, job: int) -> None:
        self.jobs[slot], self._steps[slot] = job, 0
        self._now.parameters[slot] = self._work.start(job).parameters[0]
        self._adam.renew(slot)
        self._ends.renew(slot)
        if self._look:
            self._look.renew(slot, self._work.generators[job])
