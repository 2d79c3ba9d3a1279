"""How a verb ends: what it says, the results in the form that was asked for, the exit code."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import AuditError, OutputError
from audit.text import visible

if TYPE_CHECKING:
    from audit.records import Results
    from audit.records.gate import GateResult


@dataclass(frozen=True)
class Delivery:
    """What is written, and where to."""

    results: "Results"
    gate: "GateResult | None"
    folder: Path
    """Of the run."""
    format: str | None
    output: str
    """A file, or `-` for standard output."""


def require_format(name: str | None, output: str) -> None:
    """ConfigError for a form that there is not, before anything is computed."""
    if name is not None:
        from audit.report.write import writer_of

        writer_of(name, output)
    elif output != "-":
        raise OutputError(f"what shall be written to {output}?", where="--output", fix="add --format NAME")


def deliver(given: Delivery, said: Sequence[str], exit_code: int) -> None:
    """Say `said`, write the form, end with the exit code where it is not 0.

    Where standard output carries the form, what is said goes to standard error. A form that cannot be
    written is an error (2), but never hides that the run was found wanting.
    """
    printed = given.format is not None and given.output == "-"
    print(*said, sep="\n", file=sys.stderr if printed else sys.stdout, flush=True)
    if given.format is not None:
        try:
            _write(given, given.format)
        except AuditError as error:
            if not exit_code:
                raise
            print(f"audit: {visible(error.command_line)}", file=sys.stderr)
    if exit_code:
        raise SystemExit(exit_code)


def _write(given: Delivery, name: str) -> None:
    from audit.files import write_whole
    from audit.report.write import written

    data = written(name, given.results, given.gate, given.folder)
    if given.output == "-":
        sys.stdout.buffer.write(data)
        return
    file = Path(given.output)
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(data)  # a pipe or a device is written to, not replaced
        else:
            write_whole(file, data)
    except (OSError, OutputError) as error:
        reason = error.problem if isinstance(error, OutputError) else f"cannot write ({error.strerror})"
        raise OutputError(reason, where=given.output, fix="give another file with --output") from error


def say_broken() -> None:
    """Name on standard error what came from outside and broke."""
    from audit.runner.plugins import Sayer

    Sayer(lambda text: print(f"audit: {visible(text)}", file=sys.stderr))()
