"""Progress of a verb on the terminal: a bar, or a plain line now and then where there is no terminal."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

QUIET_SECONDS = 20.0
"""Without a terminal, a line at most this often."""


class Bar:
    """Makes one bar after another; `Bar(Console(quiet=True))` shows nothing."""

    def __init__(self, console: Console) -> None:
        """`console` writes to stderr, so that the output stays what was asked for."""
        self._console = console
        self._last = time.monotonic()

    @contextmanager
    def __call__(self, name: str, total: float) -> Generator[Callable[[float], None]]:
        """A bar with this name while the context is open; what it gives is told each part of `total` done."""
        done = 0.0
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._console.is_terminal,
        ) as bars:
            task = bars.add_task(escape(name), total=total)

            def tick(part: float) -> None:
                nonlocal done
                done += part
                bars.update(task, completed=done)
                self._line(name, done / total if total else 1.0)

            yield tick

    def _line(self, name: str, share: float) -> None:
        if self._console.is_terminal or time.monotonic() - self._last < QUIET_SECONDS:
            return
        self._last = time.monotonic()
        self._console.print(f"{name}: {share:.0%}", highlight=False, markup=False)
