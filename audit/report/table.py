"""`classes.csv`: one row per audited class."""

from collections import Counter

from audit.records import ClassFlips, ClassResult, Results, TransferInfo
from audit.records.pictures import chosen
from audit.report.robustness_section import limit_of, share_at

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheets."""


def classes_csv(results: Results) -> str:
    """CSV text: identity of the class, its chosen picture with prior, agreement, findings, statistics.

    Where a run had photographs: how many of the class, right first answers and their share. Where images
    were attacked: the share that any attack flips within `flip_epsilon` (1/255), and the median smallest
    distance (1/255).
    With a transfer model: its rank and probability of the class on that picture, its first answer, and how
    differently the restarts look to it (`transfer_diversity`; `diversity` is the network's own).
    Where some class could not be drawn: why (`error`).
    Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection).
    """
    import pandas as pd  # late: a run begins without it

    findings = Counter(index for finding in results.findings for index in set(finding.classes))
    statistics = [statistic.id for statistic in results.baseline.statistics]
    rows = [_row(entry, findings[entry.label.index], statistics) for entry in results.classes]
    columns = ["index", "id", "name", "file", "probability", "rank", "margin", "agreement", "findings"]
    whole = ["rank"]
    if results.photographs is not None:
        columns += ["photographs", "correct", "accuracy"]
        whole += ["photographs", "correct"]
        for row, entry in zip(rows, results.classes, strict=True):
            row |= _photographs(entry)
    if results.robustness is not None:
        columns += ["attacked", "flip_epsilon", "flipped", "median_distance"]
        whole += ["attacked"]
        levels = {entry.class_index: entry for entry in results.robustness.classes}
        for row, entry in zip(rows, results.classes, strict=True):
            row |= _attacked(levels.get(entry.label.index), limit_of(results))
    if results.transfer_model is not None:
        columns += [
            "transfer_rank",
            "transfer_probability",
            "transfer_answer",
            "diversity",
            "transfer_diversity",
        ]
        whole += ["transfer_rank"]
        for row, entry in zip(rows, results.classes, strict=True):
            row |= _judged(entry, results.transfer_model)
    if any(entry.error for entry in results.classes):
        columns.append("error")
    frame = pd.DataFrame(rows, columns=[*columns, *statistics])
    frame[whole] = frame[whole].astype("Int64")
    return frame.to_csv(index=False, lineterminator="\n")


def _row(entry: ClassResult, findings: int, statistics: list[str]) -> dict[str, object]:
    row: dict[str, object] = {
        "index": entry.label.index,
        "id": _safe(entry.label.id),
        "name": _safe(entry.label.name),
        "agreement": entry.agreement,
        "findings": findings,
        "error": entry.error,
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


def _photographs(entry: ClassResult) -> dict[str, object]:
    photos = entry.photographs
    if photos is None:
        return {}
    right = photos.correct if photos.correct and photos.correct.n else None
    return {
        "photographs": photos.count,
        "correct": right.k if right else None,
        "accuracy": right.value if right else None,
    }


def _attacked(levels: ClassFlips | None, limit: tuple[float, float] | None) -> dict[str, object]:
    level = share_at(levels.flipped_within, limit) if levels else None
    if levels is None or level is None:
        return {}
    return {
        "attacked": level.flipped.n,
        "flip_epsilon": level.epsilon,
        "flipped": level.flipped.value,
        "median_distance": None if levels.median_distance is None else 255 * levels.median_distance,
    }


def _judged(entry: ClassResult, transfer_model: TransferInfo) -> dict[str, object]:
    diverse: dict[str, object] = {
        "diversity": entry.diversity.value if entry.diversity else None,
        "transfer_diversity": entry.transfer_diversity.value if entry.transfer_diversity else None,
    }
    picture = chosen(entry.pictures, "natural")
    answer = entry.transfer.get(picture.file) if picture else None
    if answer is None:
        return diverse
    return diverse | {
        "transfer_rank": answer.rank,
        "transfer_probability": answer.probability,
        "transfer_answer": _safe(transfer_model.model.classes[answer.top[0].class_index].name),
    }


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
