"""`classes.csv`: one row per audited class."""

from collections import Counter

import pandas as pd

from audit.results import ClassResult, Picture, Results

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheets."""


def classes_csv(results: Results) -> str:
    """CSV text: identity of the class, its chosen picture with prior, agreement, findings, statistics.

    Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection).
    """
    findings = Counter(index for finding in results.findings for index in set(finding.classes))
    statistics = [statistic.id for statistic in results.baseline.statistics]
    rows = [_row(entry, findings[entry.label.index], statistics) for entry in results.classes]
    columns = ["index", "id", "name", "file", "probability", "rank", "margin", "agreement", "findings"]
    frame = pd.DataFrame(rows, columns=[*columns, *statistics])
    frame["rank"] = frame["rank"].astype("Int64")
    return frame.to_csv(index=False, lineterminator="\n")


def chosen(pictures: list[Picture], prior: str) -> Picture | None:
    """The picture that stands for a class under one prior; None where none was made."""
    return next((picture for picture in pictures if picture.chosen and picture.prior == prior), None)


def _row(entry: ClassResult, findings: int, statistics: list[str]) -> dict[str, object]:
    row: dict[str, object] = {
        "index": entry.label.index,
        "id": _safe(entry.label.id),
        "name": _safe(entry.label.name),
        "agreement": entry.agreement,
        "findings": findings,
    }
    picture = chosen(entry.pictures, "natural")
    if picture is not None:
        row |= {
            "file": picture.file,
            "probability": picture.probability,
            "rank": picture.rank,
            "margin": picture.margin,
        }
        values = entry.statistics.get(picture.file, {})
        row |= {id: values[id].value for id in statistics if id in values}
    return row


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
