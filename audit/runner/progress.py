"""Progress on the terminal: classes, views per second, time left; plain lines where there is no terminal."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from audit.measure import Context
from audit.runner.local import Step
from audit.runner.plan import Unit

QUIET_SECONDS = 20.0
"""Without a terminal, a line at most this often."""


class Display:
    """Shows each stage as a bar over its classes or photographs."""

    def __init__(self, units: Sequence[Unit], context: Context, console: Console) -> None:
        """Count the work ahead."""
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[of]} · {task.fields[speed]:>5} views/s ·"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._views = {unit.stage.name: unit.stage.views(context) for unit in units}
        self._of = {unit.stage.name: unit.of for unit in units}
        for unit in units:
            self._totals[unit.stage.name] = self._totals.get(unit.stage.name, 0) + len(unit.items)
        for name, total in self._totals.items():
            self._tasks[name] = self._bars.add_task(name, total=total, speed="–", of=self._of[name])
        self._done = dict.fromkeys(self._totals, 0)
        self._partly = 0.0
        """Items of the unit in progress, by the views it has spent: an estimate, at most all of them."""
        self._spent, self._began = dict.fromkeys(self._totals, 0.0), dict[str, float]()
        self._last_line = time.monotonic()
        self._reused = 0

    def __enter__(self) -> Self:
        """Start the bars."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bars and say what was reused."""
        self._bars.stop()
        if self._reused:
            self._console.print(f"{self._reused} finished units reused", style="dim", highlight=False)

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        name = step.unit.stage.name
        began = self._began.setdefault(name, time.monotonic())
        if step.reused:
            self._reused += 1
        share = self._views[name] / self._totals[name]  # views per item of this stage
        if step.finished:
            self._done[name] += len(step.unit.items)
            self._partly = 0.0
        else:
            self._spent[name] += step.views
            own = step.views / share if share else 0.0
            self._partly = min(self._partly + own, float(len(step.unit.items)))
        done = self._done[name] + self._partly
        elapsed = time.monotonic() - began
        speed = f"{self._spent[name] / elapsed:.1f}" if self._spent[name] and elapsed > 0 else "–"
        self._bars.update(self._tasks[name], completed=round(done), speed=speed)
        self._line(name, done, speed)

    def _line(self, name: str, done: float, speed: str) -> None:
        if self._console.is_terminal or time.monotonic() - self._last_line < QUIET_SECONDS:
            return
        self._last_line = time.monotonic()
        self._console.print(
            f"{name}: {done:.0f} of {self._totals[name]} {self._of[name]}, {speed} views/s",
            highlight=False,
        )
