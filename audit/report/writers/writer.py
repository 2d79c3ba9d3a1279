"""What a writer is: one form in which results can be read elsewhere."""

from pathlib import Path
from typing import Protocol

from audit.records import Results
from audit.records.gate import GateResult


class Writer(Protocol):
    """Named on the command line by `--format NAME`."""

    @property
    def name(self) -> str:
        """On the command line, and of the entry point."""
        ...

    @property
    def suffix(self) -> str:
        """Of a file of this form, with its dot."""
        ...

    @property
    def text(self) -> bool:
        """Whether it may be printed; what may not needs a file."""
        ...

    @property
    def kept(self) -> str | None:
        """Its name in the folder of every run; None where it is only written when asked for."""
        ...

    def write(self, results: Results, gate: GateResult | None, folder: Path) -> bytes:
        """The whole document.

        `gate` is a policy's answer, None where none was asked; `folder` is that of the run, in which the
        pictures lie that `results` name. Labels, file names and reasons in both are untrusted text.
        """
        ...
