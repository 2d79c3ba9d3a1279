"""A diagnosis as text: a table on standard output, plain where that is no terminal."""

import io
from typing import TYPE_CHECKING

from audit.diagnosis.diagnosis import Diagnosis
from audit.text import visible

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
WHAT, SOURCE = 24, 36
"""Most columns of the first and the last column; the value has the rest."""


def as_text(found: Diagnosis, width: int = WIDTH) -> str:
    """The diagnosis in lines of at most `width` columns, its error included."""
    lines = _lines(found, width)
    return "\n".join([*lines, *([] if found.error is None else [visible(str(found.error))])])


def printed(found: Diagnosis, width: int) -> None:
    """Print the diagnosis on standard output; nothing of the error, which ends the command."""
    from rich.console import Console

    # Where it is no terminal, lines end with their last letter.
    with Console(width=width) as console:
        if console.is_terminal:
            show(found, console)
        elif lines := _lines(found, width):
            print(*lines, sep="\n")


def show(found: Diagnosis, console: "Console") -> None:
    """Print rows, what a run would do, and warnings; the error is left to whoever ends the command.

    Nothing that is printed can move the cursor.
    """
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    what = min(WHAT, max((len(row.what) for row in found.rows), default=0))
    source = min(SOURCE, console.width // 3, max((len(row.source) for row in found.rows), default=0))
    longest = max((len(row.value) for row in found.rows), default=0)
    value = max(10, min(longest, console.width - what - source - 2 * 4))
    part = ""
    for row in found.rows:
        if row.part != part:
            console.print(Text(row.part, style="bold"))
            part = row.part
        # A grid for each row: headings are no columns, and all grids have the same widths.
        grid = Table.grid(padding=(0, 2, 0, 0))
        for size in (what, value, source):
            grid.add_column(width=size, overflow="fold")
        failed = "bold red" if row.failed else ""
        grid.add_row(
            Text(visible(row.what)),
            Text(visible(row.value), style=failed),
            Text(visible(row.source), style="dim"),
        )
        console.print(Padding(grid, (0, 0, 0, 2)))
    if found.run:
        console.print(Text(visible(found.run)), soft_wrap=True)
    for text in found.warnings:
        console.print(Text(visible(f"warning: {text}"), style="yellow"), soft_wrap=True)


def _lines(found: Diagnosis, width: int) -> list[str]:
    from rich.console import Console

    file = io.StringIO()
    show(found, Console(file=file, width=width, force_terminal=False, color_system=None))
    return [line.rstrip() for line in file.getvalue().splitlines()]
