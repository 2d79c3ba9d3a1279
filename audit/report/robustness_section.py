"""Adversarial robustness arranged as the page shows it."""

from dataclasses import dataclass
from typing import cast

from audit.records import AdversarialExample, ClassFlips, FlippedWithin, Results, Robustness, Shift
from audit.records.robustness import within
from audit.report.flip_chart import FlipChart, flip_chart
from audit.report.thumbnails import Difference

FIRST = 20
"""Classes of the table; the others stand with all classes."""
TARGETS = 10


@dataclass(frozen=True)
class Triple:
    """Original, adversarial and their difference."""

    example: AdversarialExample
    difference: Difference


@dataclass(frozen=True)
class AttackedView:
    """The section on small changes."""

    record: Robustness
    chart: FlipChart | None
    limit: tuple[float, float] | None
    """Distance in units of 1/255 and share, of the check."""
    classes: list[ClassFlips]
    """Most easily flipped first; the table shows the first `FIRST`."""
    predicted_after: list[tuple[int, int]]
    shifts: list[Shift]
    """Those that move most first."""
    triples: list[Triple]


def attacked_view(results: Results) -> AttackedView | None:
    """None where the run attacked nothing."""
    record = results.robustness
    if record is None:
        return None
    limit = limit_of(results)
    classes = [entry for entry in record.classes if any(level.flipped.n for level in entry.flipped_within)]
    classes.sort(key=lambda entry: _ease(entry, limit))
    shifts = sorted(record.shifts, key=lambda shift: -abs(shift.moved or 0.0))
    triples = [Triple(example, Difference(example.original, example.file)) for example in record.examples]
    return AttackedView(
        record,
        flip_chart(record.flipped_within, limit),
        limit,
        classes,
        record.predicted_after[:TARGETS],
        shifts,
        triples,
    )


def share_at(levels: list[FlippedWithin], limit: tuple[float, float] | None) -> FlippedWithin | None:
    """The distance that the check judges; the smallest one where it judges none."""
    measured = [level for level in levels if level.flipped.n]
    return (within(measured, limit[0]) if limit else None) or next(iter(measured), None)


def limit_of(results: Results) -> tuple[float, float] | None:
    """Distance in units of 1/255 and share from which the check complains; None in a run without it."""
    checks = results.run.config.get("checks")
    if not isinstance(checks, dict):
        return None
    values = cast("dict[str, object]", checks)
    pair = values.get("robustness_epsilon"), values.get("robustness_share")
    if not all(isinstance(value, int | float) for value in pair):
        return None
    return cast("tuple[float, float]", pair)


def _ease(entry: ClassFlips, limit: tuple[float, float] | None) -> tuple[bool, float, float, int]:
    level = share_at(entry.flipped_within, limit)
    share = level.flipped.value if level else 0.0
    epsilon = entry.median_distance if entry.median_distance is not None else float("inf")
    return (not entry.enough, -share, epsilon, entry.class_index)
