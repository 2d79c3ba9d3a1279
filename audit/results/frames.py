"""Results as pandas frames, one row per thing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from audit.results.document import Results

if TYPE_CHECKING:
    import pandas as pd

FINDING_COLUMNS = ["check", "verdict", "classes", "title", "effect", "unit", "next_step", "fingerprint"]
"""Stated, because a run may have no findings; it always has classes, pictures and checks."""


def classes(results: Results) -> "pd.DataFrame":
    """One row per audited class: its chosen picture under the natural prior and how many findings name it."""
    named = [index for finding in results.findings for index in set(finding.classes)]
    rows = [
        {
            "class": c.label.index,
            "id": c.label.id,
            "name": c.label.name,
            "picture": p.file,
            "probability": p.probability,
            "margin": p.margin,
            "rank": p.rank,
            "agreement": c.agreement,
            "findings": named.count(c.label.index),
        }
        for c in results.classes
        for p in c.pictures
        if p.chosen and p.prior == "natural"
    ]
    return _frame(rows, "class")


def pictures(results: Results) -> "pd.DataFrame":
    """One row per picture, with and without prior; `answer` is the class the network names."""
    rows = [
        {
            "class": p.class_index,
            **p.model_dump(exclude={"class_index", "top"}),
            "name": c.label.name,
            "answer": p.top[0].class_index if p.top else None,
        }
        for c in results.classes
        for p in c.pictures
    ]
    return _frame(rows, "file")


def statistics(results: Results) -> "pd.DataFrame":
    """One row per picture and statistic: value and percentile among natural images."""
    rows = [
        {
            "file": p.file,
            "class": c.label.index,
            "prior": p.prior,
            "chosen": p.chosen,
            "statistic": name,
            "value": value.value,
            "percentile": value.percentile,
        }
        for c in results.classes
        for p in c.pictures
        for name, value in c.statistics.get(p.file, {}).items()
    ]
    return _frame(rows)


def findings(results: Results) -> "pd.DataFrame":
    """One row per finding, strongest first."""
    rows = [
        {
            "check": f.check,
            "verdict": f.verdict,
            "classes": tuple(f.classes),
            "title": f.title,
            "effect": f.effect.value if f.effect else None,
            "unit": f.effect.unit if f.effect else None,
            "next_step": f.next_step,
            "fingerprint": f.fingerprint,
        }
        for f in results.findings
    ]
    return _frame(rows, "fingerprint", FINDING_COLUMNS)


def checks(results: Results) -> "pd.DataFrame":
    """One row per check, also those that did not run."""
    rows = [
        {
            "check": c.meta.id,
            "kind": c.meta.kind,
            "outcome": c.outcome,
            "gates": c.gates,
            "findings": len(c.findings),
            "summary": c.summary,
        }
        for c in results.checks
    ]
    return _frame(rows, "check")


def _frame(
    rows: Sequence[Mapping[str, object]], index: str | None = None, columns: list[str] | None = None
) -> "pd.DataFrame":
    import pandas as pd  # late: results are also read where no table is wanted

    frame = pd.DataFrame(rows, columns=columns)
    return frame.set_index(index, drop=True) if index else frame
