"""A finished audit: its results as pandas frames, and what a notebook shows of it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audit.records import Results, frames

if TYPE_CHECKING:
    import pandas as pd

    from audit.records.gate import GateResult


@dataclass(frozen=True, repr=False)
class Audit:
    """A finished audit."""

    results: Results
    folder: Path
    answer: "GateResult | None" = None
    """What the policy says of it, where `audit.run` was given one."""

    def __repr__(self) -> str:
        """One line: model, classes, outcome, folder."""
        from audit.report.formatting import clean, plural

        model, verdict = self.results.model, self.results.verdict
        classes = f"{len(self.results.classes):,} of {plural(len(model.classes), 'class')}"
        return " ".join(
            clean(f"<Audit of {model.name}: {classes}, {verdict.outcome}, in {self.folder}>").split()
        )

    def _repr_html_(self) -> str:
        """For a notebook: the verdict and a picture of each of the first classes."""
        from audit.report.notebook import notebook

        return notebook(self.results, self.folder)

    @property
    def page(self) -> Path:
        """The HTML report."""
        return self.folder / "index.html"

    @cached_property
    def classes(self) -> "pd.DataFrame":
        """One row per audited class."""
        return frames.classes(self.results)

    @cached_property
    def pictures(self) -> "pd.DataFrame":
        """One row per picture."""
        return frames.pictures(self.results)

    @cached_property
    def statistics(self) -> "pd.DataFrame":
        """One row per picture and statistic."""
        return frames.statistics(self.results)

    @cached_property
    def findings(self) -> "pd.DataFrame":
        """One row per finding, strongest first."""
        return frames.findings(self.results)

    @cached_property
    def checks(self) -> "pd.DataFrame":
        """One row per check."""
        return frames.checks(self.results)

    @cached_property
    def counterexamples(self) -> "pd.DataFrame":
        """One row per class and kind of counterexamples; empty without any."""
        return frames.counterexamples(self.results)
