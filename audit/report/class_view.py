"""One class arranged as its section shows it."""

from dataclasses import dataclass

from audit.records import (
    Badge,
    ClassFlips,
    ClassResult,
    Finding,
    Picture,
    Results,
    StatisticInfo,
    StatisticValue,
    Suspect,
)
from audit.records.findings import SEVERITY
from audit.records.pictures import chosen
from audit.report.formatting import number, percentile
from audit.report.spectrum_chart import SpectrumChart
from audit.report.strips import marker

FOOLED = 0.9
"""Probability from which the network counts as confident of an unconstrained picture."""


@dataclass(frozen=True)
class Cell:
    """One statistic on one picture."""

    value: str
    place: str
    """Percentile in the baseline."""
    path: str
    """Marker of the strip plot; empty without baseline or value."""
    outside: bool
    """Outside the central 90 % of the baseline."""


@dataclass(frozen=True)
class Row:
    """One statistic on the chosen pictures with and without prior."""

    statistic: StatisticInfo
    number: int
    """Its place in the baseline's list, which names its band."""
    natural: Cell | None
    unconstrained: Cell | None


@dataclass(frozen=True)
class ClassView:
    """One class section."""

    result: ClassResult
    natural: list[Picture]
    """With prior, the chosen one first."""
    unconstrained: list[Picture]
    """Without prior, the chosen one first."""
    batch_norm_pictures: list[Picture]
    """With the batch-norm prior, the chosen one first."""
    findings: list[Finding]
    constrained_rows: list[Row]
    unconstrained_rows: list[Row]
    suspect: Suspect | None
    levels: ClassFlips | None
    """What attacks do to images of the class; None where none was attacked."""
    spectra: tuple[str, str]
    """SVG paths: chosen picture with prior, and without; empty where there is none."""
    badge: Badge | None
    """Whether the chosen regularised picture is reliable evidence."""

    @property
    def strongest(self) -> str:
        """Verdict of the strongest finding; empty where there is none."""
        return max((finding.verdict for finding in self.findings), key=SEVERITY.__getitem__, default="")

    @property
    def fooled(self) -> bool:
        """Whether the network classifies the unconstrained picture as the class with at least 90 %."""
        return (
            bool(self.unconstrained)
            and self.unconstrained[0].rank == 1
            and self.unconstrained[0].probability >= FOOLED
        )


def class_views(
    results: Results,
    findings: dict[int, list[Finding]],
    suspects: dict[int, Suspect],
    chart: SpectrumChart | None,
) -> dict[int, ClassView]:
    """Every audited class by its index, in the order of the results."""
    attacked = results.robustness
    levels = {entry.class_index: entry for entry in attacked.classes} if attacked else {}
    badges = {index: badge for check in results.checks for index, badge in check.badges.items()}
    views: dict[int, ClassView] = {}
    for entry in results.classes:
        index = entry.label.index
        ordered = sorted(entry.pictures, key=lambda picture: (not picture.chosen, picture.restart))
        natural = [picture for picture in ordered if picture.prior == "natural"]
        unconstrained = [picture for picture in ordered if picture.prior == "none"]
        rows = _rows(entry, natural, unconstrained, results.baseline.statistics)
        views[index] = ClassView(
            entry,
            natural,
            unconstrained,
            sorted(entry.batch_norm_pictures, key=lambda picture: (not picture.chosen, picture.restart)),
            findings[index],
            [row for row in rows if row.statistic.constrained],
            [row for row in rows if not row.statistic.constrained],
            suspects.get(index),
            levels.get(index),
            (_spectrum(entry, "natural", chart), _spectrum(entry, "none", chart)),
            badges.get(index),
        )
    return views


def _rows(
    entry: ClassResult, natural: list[Picture], unconstrained: list[Picture], statistics: list[StatisticInfo]
) -> list[Row]:
    with_prior, without = (
        entry.statistics.get(group[0].file, {}) if group else {} for group in (natural, unconstrained)
    )
    rows = [
        Row(
            statistic,
            place,
            _cell(with_prior.get(statistic.id), statistic, "dot"),
            _cell(without.get(statistic.id), statistic, "diamond"),
        )
        for place, statistic in enumerate(statistics)
    ]
    return [row for row in rows if row.natural or row.unconstrained]


def _cell(measured: StatisticValue | None, statistic: StatisticInfo, shape: str) -> Cell | None:
    if measured is None:
        return None
    drawn = measured.value is not None and statistic.quantiles is not None
    path = marker(measured.value, statistic.quantiles, shape) if drawn else ""  # pyright: ignore[reportArgumentType]
    place = measured.percentile
    outside = place is not None and not 5 <= place <= 95
    return Cell(number(measured.value), percentile(place), path, outside)


def _spectrum(entry: ClassResult, prior: str, chart: SpectrumChart | None) -> str:
    picture = chosen(entry.pictures, prior)
    if picture is None or chart is None:
        return ""
    return chart.line(entry.spectra.get(picture.file, []))
