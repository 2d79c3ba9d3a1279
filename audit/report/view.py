"""The records arranged as the page shows them."""

from dataclasses import dataclass
from typing import cast

from audit.report.strips import marker
from audit.report.table import chosen
from audit.report.text import clean, number, percentile
from audit.report.thumbnails import Role, Thumbnail, Thumbnails
from audit.report.worst import SEVERITY, Suspect, worst
from audit.results import CheckResult, ClassResult, Finding, Picture, Results, StatisticInfo, StatisticValue

FULL_FINDINGS = 12
"""Findings shown as cards with pictures; the others are listed below them."""
GALLERY = 10
"""Pictures under the verdict: the worst classes, filled up with others."""
PICTURE_SUFFIX = ".png"
SIDES = ("height", "width")
"""Fields of the input path that the page shows as one size."""


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
    free: Cell | None


@dataclass(frozen=True)
class ClassView:
    """One class section."""

    result: ClassResult
    natural: list[Picture]
    """With prior, the chosen one first."""
    free: list[Picture]
    """Without prior, the chosen one first."""
    findings: list[Finding]
    held_rows: list[Row]
    free_rows: list[Row]
    suspect: Suspect | None

    @property
    def strongest(self) -> str:
        """Verdict of the strongest finding; empty where there is none."""
        return max((finding.verdict for finding in self.findings), key=SEVERITY.__getitem__, default="")


@dataclass(frozen=True)
class InputRow:
    """One value of the input path."""

    name: str
    value: str
    source: str


class View:
    """What the templates read."""

    def __init__(self, results: Results, thumbnails: Thumbnails) -> None:
        self.results = results
        self._thumbnails = thumbnails
        self._names = {label.index: label.name for label in results.model.classes}
        self._checks = {check.meta.id: check for check in results.checks}
        self.audited = {entry.label.index for entry in results.classes}
        by_class: dict[int, list[Finding]] = {index: [] for index in self.audited}
        for finding in results.findings:
            for index in dict.fromkeys(finding.classes):
                if index in by_class:
                    by_class[index].append(finding)
        suspects = {suspect.class_index: suspect for suspect in worst(results)}
        views = {
            entry.label.index: _class_view(
                entry,
                by_class[entry.label.index],
                suspects.get(entry.label.index),
                results.baseline.statistics,
            )
            for entry in results.classes
        }
        self.classes = list(views.values())
        self.worst = [views[index] for index in suspects]
        self.others = [view for view in self.classes if view.suspect is None]
        shown = [view for view in (*self.worst, *self.others) if view.natural][:GALLERY]
        self.gallery = sorted(shown, key=lambda view: view.result.label.index)
        self.cards = results.findings[:FULL_FINDINGS]
        self.more = results.findings[FULL_FINDINGS:]

    def name(self, index: int) -> str:
        """Display name of a class, audited or not."""
        return clean(self._names.get(index, f"class {index}"))

    def check(self, id: str) -> CheckResult | None:
        """The check a finding comes from."""
        return self._checks.get(id)

    def thumbnail(self, file: str, role: Role) -> Thumbnail:
        """The picture, encoded for its place on the page."""
        return self._thumbnails.get(file, role)

    def pictured(self, artefact: str) -> bool:
        """Whether a piece of evidence is a picture."""
        return artefact.endswith(PICTURE_SUFFIX)

    def input_rows(self) -> list[InputRow]:
        """The input path, value by value, with the source of each."""
        path = self.results.model.input
        values = {
            "size": f"{path.height} × {path.width} pixels",
            "channels": str(path.channels),
            "resize": "straight to the input size"
            if path.resize is None
            else f"shorter side {path.resize}, then centre crop",
            "interpolation": path.interpolation,
            "mean": ", ".join(number(value) for value in path.mean),
            "std": ", ".join(number(value) for value in path.std),
        }
        sides = dict.fromkeys(path.sources[key] for key in SIDES if key in path.sources)
        sources = {"size": "; ".join(sides), **path.sources}
        rows = [InputRow(name, value, sources.get(name, "")) for name, value in values.items()]
        others = sorted(sources.keys() - values.keys() - set(SIDES))
        return rows + [InputRow(name, "", sources[name]) for name in others]

    def settings(self) -> list[tuple[str, str]]:
        """The configuration as dotted names."""
        return _flatten("", self.results.run.config)


def wanted(results: Results) -> list[tuple[str, Role]]:
    """All (file, role) pairs that the page shows."""
    pairs: list[tuple[str, Role]] = []
    for entry in results.classes:
        pairs.extend((picture.file, role_of(picture)) for picture in entry.pictures)
        stands = chosen(entry.pictures, "natural")
        if stands is not None:
            pairs.append((stands.file, "grid"))
    for finding in results.findings[:FULL_FINDINGS]:
        files = [piece.artefact for piece in finding.evidence if piece.artefact.endswith(PICTURE_SUFFIX)]
        pairs.extend((file, "grid") for file in files)
    return pairs


def role_of(picture: Picture) -> Role:
    """How large a picture is shown in its class section."""
    return "chosen" if picture.chosen else "other"


def _class_view(
    entry: ClassResult, findings: list[Finding], suspect: Suspect | None, statistics: list[StatisticInfo]
) -> ClassView:
    ordered = sorted(entry.pictures, key=lambda picture: (not picture.chosen, picture.restart))
    natural = [picture for picture in ordered if picture.prior == "natural"]
    free = [picture for picture in ordered if picture.prior == "none"]
    first = [entry.statistics.get(group[0].file, {}) if group else {} for group in (natural, free)]
    rows = [
        Row(
            statistic,
            place,
            _cell(first[0].get(statistic.id), statistic, "dot"),
            _cell(first[1].get(statistic.id), statistic, "diamond"),
        )
        for place, statistic in enumerate(statistics)
    ]
    shown = [row for row in rows if row.natural or row.free]
    return ClassView(
        entry,
        natural,
        free,
        findings,
        [row for row in shown if row.statistic.held],
        [row for row in shown if not row.statistic.held],
        suspect,
    )


def _cell(measured: StatisticValue | None, statistic: StatisticInfo, shape: str) -> Cell | None:
    if measured is None:
        return None
    drawn = measured.value is not None and statistic.quantiles is not None
    path = marker(measured.value, statistic.quantiles, shape) if drawn else ""  # pyright: ignore[reportArgumentType]
    place = measured.percentile
    outside = place is not None and not 5 <= place <= 95
    return Cell(number(measured.value), percentile(place), path, outside)


def _flatten(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return [row for key, inner in items for row in _flatten(f"{prefix}.{key}" if prefix else key, inner)]
    return [(prefix, clean(value))]
