"""Progress on the terminal: classes, views per second, time left; plain lines where there is no terminal."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from audit.runner.local import Step
from audit.runner.plan import Unit, foreseen
from audit.stages import Context, Stage

QUIET_SECONDS = 30.0
"""Without a terminal, a line at most this often."""
SURE_SECONDS, SURE_STEPS = 1.0, 8
"""Less than this makes no rate."""
SURE_EXPECTED = 10.0
"""Seconds of work as it was expected, after which the expectation is corrected by what they took."""


class Display:
    """Shows each stage as a bar over its classes or photographs."""

    def __init__(self, units: Sequence[Unit], context: Context, console: Console) -> None:
        """Count the work ahead."""
        self._expected: dict[str, tuple[float, int]] = {}
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[of]} · {task.fields[speed]:>5} views/s ·"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._context = context
        self._views: dict[str, float] = {}
        for stage in {id(unit.stage): unit.stage for unit in units}.values():
            self._views[stage.name] = self._views.get(stage.name, 0.0) + foreseen(stage, context)
        self._of = {unit.stage.name: unit.of for unit in units}
        self._items: dict[str, set[int]] = {}
        """Of each stage: a stage of several parts takes the same ones again."""
        for unit in units:
            self._totals[unit.stage.name] = self._totals.get(unit.stage.name, 0) + len(unit.items)
            self._items.setdefault(unit.stage.name, set()).update(unit.items)
        self._count = len(units)
        for name, total in self._totals.items():
            self._tasks[name] = self._bars.add_task(name, total=total, speed="–", of=self._of[name], left="")
        self._done = dict.fromkeys(self._totals, 0)
        self._partly = 0.0
        """Items of the unit in progress, by the views it has spent: an estimate, at most all of them."""
        self._spent, self._took = dict.fromkeys(self._totals, 0.0), dict.fromkeys(self._totals, 0.0)
        """Of each stage, views and seconds of what was computed now, all after its first step: that one also
        imports, folds and warms up."""
        self._steps = dict.fromkeys(self._totals, -1)
        self._computed = dict.fromkeys(self._totals, 0)
        """Items of each stage that were computed now."""
        self._before = self._began = self._last_line = time.monotonic()
        self._reused = 0

    def __enter__(self) -> Self:
        """Say what there is to do, and start the bars."""
        self._before = self._began = time.monotonic()
        work = " and ".join(f"{total:,} {of}" for of, total in self._work().items())
        self._console.print(f"begun: {work}, {self._count:,} units of work", highlight=False, soft_wrap=True)
        self._bars.start()
        return self

    def expect(self, expected: Mapping[str, tuple[float, int]]) -> None:
        """Say how long it will take; from now on time counts. Stage → seconds and number of its
        items, 0 where records choose them later."""
        self._expected = dict(expected)
        self._console.print(f"expected: {about(self._in_all())}", highlight=False, soft_wrap=True)
        self._before = self._began = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bars and say what was reused."""
        self._bars.stop()
        if self._reused:
            self._console.print(f"{self._reused} finished units reused", style="dim", highlight=False)

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        name, now = step.unit.stage.name, time.monotonic()
        if step.reused:
            self._reused += 1
        elif step.views:
            self._steps[name] += 1
            if self._steps[name]:
                self._took[name] += now - self._before
                self._spent[name] += step.views
        self._before = now
        share = self._views[name] / self._totals[name]  # views per item of this stage
        if step.finished:
            self._done[name] += len(step.unit.items)
            self._computed[name] += 0 if step.reused else len(step.unit.items)
            self._partly = 0.0
        else:
            own = step.views / share if share else 0.0
            self._partly = min(self._partly + own, float(len(step.unit.items)))
        done = self._done[name] + self._partly
        rate = self._rate(name)
        self._bars.update(self._tasks[name], completed=round(done), speed=f"{rate:.1f}" if rate else "–")
        left = self._seconds_left(name, now)
        if left is not None:
            self._bars.update(self._tasks[name], left=f"· {about(left)} left in all")
        self._tell(name, done, rate, left, now)

    def begin(self, stage: Stage, units: Sequence[Unit]) -> None:
        """Take note of a stage that begins: its units may be others than were foreseen, or the first."""
        name, total = stage.name, sum(len(unit.items) for unit in units)
        seconds, foreseen_items = self._expected.get(name, (0.0, 0))
        if seconds and not foreseen_items:
            self._expected[name] = (seconds if total else 0.0, total)
        if total == self._totals.get(name, 0):
            return
        self._totals[name], self._of[name] = total, stage.of(self._context)
        if name in self._tasks:
            self._bars.update(self._tasks[name], total=total)
            return
        self._views[name] = foreseen(stage, self._context)
        self._tasks[name] = self._bars.add_task(name, total=total, speed="–", of=self._of[name], left="")
        self._done[name], self._computed[name], self._steps[name] = 0, 0, -1
        self._spent[name], self._took[name] = 0.0, 0.0

    def _work(self) -> dict[str, int]:
        """Classes, photographs and the like → how many at most in one stage."""
        most: dict[str, int] = {}
        for name, items in self._items.items():
            most[self._of[name]] = max(len(items), most.get(self._of[name], 0))
        return most

    def _rate(self, name: str) -> float | None:
        """Views a second of a stage; None where too little was computed to say."""
        took, spent = self._took[name], self._spent[name]
        return spent / took if took >= SURE_SECONDS and self._steps[name] >= SURE_STEPS else None

    def _seconds_left(self, current: str, now: float) -> float | None:
        """What was expected of the work ahead, times how much longer than expected the rest has taken."""
        if not self._expected:
            return None
        partly = {current: self._partly}
        left = 0.0
        for name, (seconds, items) in self._expected.items():
            share = (self._computed.get(name, 0) + partly.get(name, 0.0)) / max(1, items)
            left += seconds * max(0.0, 1 - share)
        behind = self._in_all() - left
        step_budget = (now - self._began) / behind if behind >= SURE_EXPECTED else 1.0
        return left * step_budget

    def _in_all(self) -> float:
        return sum(seconds for seconds, _ in self._expected.values())

    def _tell(self, name: str, done: float, rate: float | None, left: float | None, now: float) -> None:
        """Without a terminal, a line now and then."""
        if self._console.is_terminal or now - self._last_line < QUIET_SECONDS:
            return
        self._last_line = now
        words = [f"{name}: {done:.0f} of {self._totals[name]} {self._of[name]}"]
        words += [f"{rate:.1f} views/s"] if rate else []
        words += [f"{about(left)} left"] if left is not None else []
        self._console.print(", ".join(words), highlight=False, soft_wrap=True)


def about(seconds: float) -> str:
    """A length of time as it can be foreseen: "less than a minute", "about 17 minutes", "about 1.6 hours"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {seconds / 3600:.1f} hours"
