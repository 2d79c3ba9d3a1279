"""What `audit doctor` answers: rows with their sources, what a run would do, and the first thing to mend."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from audit.errors import AuditError
from audit.text import plural, visible

if TYPE_CHECKING:
    import pandas as pd

Part = Literal[
    "network", "outputs", "classes", "preprocessing", "proofs", "speed", "photographs", "checks", "run"
]
USER, DEFAULT = "stated by the user", "default"
FAILED = "NO: see the last line"
"""Value of the proof that did not hold."""


@dataclass(frozen=True)
class Row:
    """One thing that was looked at."""

    part: Part
    what: str
    value: str
    """In words. Untrusted text."""
    source: str
    """Where the value came from: the user, the weights, a default, a proof. Untrusted text."""
    failed: bool = False
    """Whether this is what did not hold."""


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """All that was found until a run would start, or until the first thing that stops it."""

    model: str
    """As the user gave it. Untrusted text."""
    rows: tuple[Row, ...]
    run: str = ""
    """What `audit run` would do; empty where it would not start."""
    warnings: tuple[str, ...] = ()
    error: AuditError | None = field(default=None, compare=False)
    """The first thing to mend, as a run would say it; None where a run would start."""

    @property
    def starts(self) -> bool:
        """Whether a run with the same arguments would start."""
        return self.error is None

    @property
    def exit_code(self) -> int:
        """0, or that of the run that does not start."""
        return 0 if self.error is None else self.error.exit_code

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per thing that was looked at."""
        import pandas as pd

        columns = ["part", "what", "value", "source"]
        return pd.DataFrame([[getattr(row, name) for name in columns] for row in self.rows], columns=columns)

    def record(self) -> dict[str, Any]:
        """The same for programs, as JSON can hold it."""
        error = self.error
        return {
            "model": self.model,
            "starts": self.starts,
            "exit_code": self.exit_code,
            "error": None
            if error is None
            else {"problem": error.problem, "where": error.where, "fix": error.fix},
            "rows": [vars(row) for row in self.rows],
            "run": self.run,
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        """One line: model, whether a run would start, how much was looked at."""
        ending = (
            "a run would start" if self.starts else f"a run would not start ({type(self.error).__name__})"
        )
        counts = f"{plural(len(self.rows), 'row')}, {plural(len(self.warnings), 'warning')}"
        return visible(f"<Diagnosis of {self.model}: {ending}, {counts}>")

    def __str__(self) -> str:
        """The table as text."""
        from audit.diagnosis.diagnosis_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        """For a notebook: the same table."""
        from audit.diagnosis.diagnosis_html import as_html

        return as_html(self)


def rows(part: Part, entries: Iterable[tuple[str, object, str] | None]) -> list[Row]:
    """Rows of a part from (what, value, source); entries that are None are left out."""
    return [
        Row(part, what, str(value), source, failed=part == "proofs" and value == FAILED)
        for what, value, source in filter(None, entries)
    ]
