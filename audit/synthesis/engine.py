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

LEAST = 4
"""Slots that are never given up. With fewer pictures in a batch the same picture is rounded in another way:
libraries choose other kernels for batches of one and two. So a picture is the same to the bit wherever it is
drawn: in a whole run, in the rest of a killed one, or with few others."""

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


@dataclass(frozen=True)
class Finished:
    """A picture that is done."""

    job: int
    """Its place among the targets."""
    picture: Tensor
    """`[1, c, h, w]` uint8 on the CPU; black where it failed."""
    views: float
    failure: str | None = None
    """Why it could not be drawn."""


def draw(
    begin: Begin,
    targets: Sequence[int],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Tick = lambda views: None,
) -> tuple[Tensor, list[float]]:
    """Draw a picture for each of the objective's `targets`, as `drawing` does; returns them and their views.

    Pictures are `[n, c, h, w]` of the last size, in [0, 1] on the 8-bit grid, on the CPU. ModelError where
    one met NaN or infinity.
    """
    done = sorted(drawing(begin, targets, generators, recipe, tick), key=lambda one: one.job)
    for one in done:
        if one.failure:
            raise ModelError(f"{one.failure} number {targets[one.job]}", fix=NOT_FINITE_FIX)
    return torch.cat([one.picture for one in done]).float() / 255, [one.views for one in done]


def drawing(
    begin: Begin,
    targets: Sequence[int],
    generators: Sequence[torch.Generator],
    recipe: Recipe,
    tick: Tick = lambda views: None,
) -> Iterator[Finished]:
    """Pictures of the objective's `targets`, each as soon as it is done.

    `begin` makes canvases of the first size; `generators` are the pictures' own, one each. `tick` is told the
    views of each step, all slots together.

    A picture that met NaN or infinity fails alone: its slot goes on to the end, so that the others are drawn
    in the same batches as without it.
    """
    spent = [0.0] * len(targets)
    canvases: dict[int, Canvas] = {}
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
                whole = bool(picture.isfinite().all())
                shown = to_uint8(picture if whole else torch.zeros_like(picture))
                yield Finished(job, shown, spent[job], None if whole else NOT_FINITE)
            else:
                canvases[job] = canvas


class _Slots:
    """The pictures in work at one size, each begun when its slot is free.

    A slot is idle where nothing waits but `LEAST` are to be kept: what lies in it goes through the network
    with the others, uses random numbers of its own, and is neither counted nor kept.
    """

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
        jobs = [self._waiting.popleft() for _ in range(min(recipe.slots, len(self._waiting)))]
        begun = [start(job) for job in jobs]
        self._least = min(LEAST, recipe.slots) if jobs else 0
        idle = max(0, self._least - len(jobs))
        begun += [begun[0]] * idle
        self._jobs: list[int | None] = [*jobs, *[None] * idle]
        """Slot → number of its picture, None where it is idle."""
        self._steps = [0] * len(self._jobs)
        self._ends = Ends(len(self._jobs), phase.steps, step_budget)
        self._now = begun[0].sharing(torch.cat([canvas.parameters.detach() for canvas in begun]))
        self._adam = Adam(self._now.parameters)
        self._look: Views | None = None

    def run(self, tick: Tick) -> Iterator[tuple[int, int, Canvas]]:
        """Until nothing waits; each picture that is done, the steps it took, and its canvas."""
        while at_work := sum(job is not None for job in self._jobs):
            if self._phase.steps:
                tick(self._phase.cost * at_work)
                self._step()
            done = list[int]()
            for slot, job in enumerate(self._jobs):
                if job is not None and self._steps[slot] >= self._ends.of[slot]:
                    own = self._now.parameters.detach()[slot : slot + 1].clone()
                    yield job, self._steps[slot], self._now.sharing(own)
                    done.append(slot)
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
        targets = [self._targets[0 if job is None else job] for job in self._jobs]
        numbers = torch.tensor(targets, device=pictures.device)
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
            generators = [self._generator(job) for job in self._jobs]
            self._look = Views(self._recipe.views, generators, tuple(pictures.shape[1:]), pictures.device)
        return self._look(pictures)

    def _rates(self) -> Tensor:
        pairs = zip(self._steps, self._ends.of, strict=True)
        return torch.tensor([rate(step, end, self._peak) for step, end in pairs])

    def _generator(self, job: int | None) -> torch.Generator:
        """A picture's own; an idle slot's is nobody's, so that no picture's next numbers depend on it."""
        return torch.Generator().manual_seed(0) if job is None else self._generators[job]

    @torch.no_grad()
    def _refill(self, done: Sequence[int]) -> None:
        """Slots whose pictures are done take what waits; where nothing waits they are given up, or idle."""
        refilled = done[: len(self._waiting)]
        for slot in refilled:
            self._fill(slot, self._waiting.popleft())
        for slot in done[len(refilled) :]:
            self._jobs[slot] = None
            if self._look:
                self._look.renew(slot, self._generator(None))
        idle = [slot for slot, job in enumerate(self._jobs) if job is None]
        surplus = len(self._jobs) if len(idle) == len(self._jobs) else len(self._jobs) - self._least
        given_up = idle[: max(0, surplus)]
        if not given_up:
            return
        kept = [slot for slot in range(len(self._jobs)) if slot not in given_up]
        self._jobs, self._steps = [self._jobs[slot] for slot in kept], [self._steps[slot] for slot in kept]
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
