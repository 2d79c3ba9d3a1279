"""Results as pandas frames, one row per thing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from audit.records.document import ClassResult, Results

if TYPE_CHECKING:
    import pandas as pd

FINDING_COLUMNS = ["check", "verdict", "classes", "title", "effect", "unit", "next_step", "fingerprint"]
"""Stated, because a run may have no findings; it always has classes, pictures and checks."""


def classes(results: Results) -> "pd.DataFrame":
    """One row per audited class: its chosen picture under the natural prior, how many findings name it, and,
    where some class could not be drawn, why (`error`)."""
    failed = any(c.error for c in results.classes)
    named = Counter(index for finding in results.findings for index in set(finding.classes))
    rows = [
        {
            "class": c.label.index,
            "id": c.label.id,
            "name": c.label.name,
            "picture": p.file if p else None,
            "probability": p.probability if p else None,
            "margin": p.margin if p else None,
            "rank": p.rank if p else None,
            "agreement": c.agreement,
            "diversity": c.diversity.value if c.diversity else None,
            **(_judged(results, c, p.file) if p else {}),
            **_diverse_to_transfer_model(results, c),
            **_badge(results, c.label.index),
            "findings": named[c.label.index],
            **({"error": c.error} if failed else {}),
        }
        for c in results.classes
        for p in [next((p for p in c.pictures if p.chosen and p.prior == "natural"), None)]
    ]
    return _frame(rows, "class")


def pictures(results: Results) -> "pd.DataFrame":
    """One row per picture, with and without prior; `answer` is the class the network names.

    With a transfer model: its rank and probability of the picture's class, and the name of its first answer.
    """
    rows = [
        {
            "class": p.class_index,
            **p.model_dump(exclude={"class_index", "top"}),
            "name": c.label.name,
            "answer": p.top[0].class_index if p.top else None,
            **_judged(results, c, p.file),
        }
        for c in results.classes
        for p in c.pictures
    ]
    return _frame(rows, "file")


def _judged(results: Results, of: ClassResult, file: str) -> dict[str, object]:
    """The transfer model's answer on a picture; nothing where the run had no transfer model."""
    if results.transfer_model is None or file not in of.transfer:
        return {}
    answer = of.transfer[file]
    return {
        "transfer_rank": answer.rank,
        "transfer_probability": answer.probability,
        "transfer_answer": results.transfer_model.model.classes[answer.top[0].class_index].name,
    }


def _badge(results: Results, index: int) -> dict[str, object]:
    """What is said of the class's picture; nothing where no check does."""
    badges = [check.badges[index] for check in results.checks if index in check.badges]
    return {"badge": badges[0].state} if badges else {}


def _diverse_to_transfer_model(results: Results, of: ClassResult) -> dict[str, object]:
    if results.transfer_model is None:
        return {}
    return {"transfer_diversity": of.transfer_diversity.value if of.transfer_diversity else None}


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


COUNTEREXAMPLE_COLUMNS = [
    *("class", "name", "kind", "files", "answered", "share", "low", "high", "probability"),
    *("instead", "instead_count", "photographs"),
]
"""Stated, because most runs have no counterexamples."""


def counterexamples(results: Results) -> "pd.DataFrame":
    """One row per class and kind of counterexamples: how many are answered as the class, the ends of the 95 %
    interval of that share, the most frequent other answer, and the share of the class's own photographs."""
    names = {label.index: label.name for label in results.model.classes}
    rows = [
        {
            "class": t.class_index,
            "name": names[t.class_index],
            "kind": t.kind,
            "files": t.files,
            "answered": t.answered.k,
            "share": t.answered.value,
            "low": t.answered.interval[0],
            "high": t.answered.interval[1],
            "probability": t.probability,
            "instead": names[t.instead[0].class_index] if t.instead else None,
            "instead_count": t.instead[0].count if t.instead else 0,
            "photographs": t.photographs.value if t.photographs else None,
        }
        for t in results.counterexamples
    ]
    return _frame(rows, columns=COUNTEREXAMPLE_COLUMNS)


def _frame(
    rows: Sequence[Mapping[str, object]], index: str | None = None, columns: list[str] | None = None
) -> "pd.DataFrame":
    import pandas as pd  # late: results are also read where no table is wanted

    frame = pd.DataFrame(rows, columns=columns)
    return frame.set_index(index, drop=True) if index else frame
