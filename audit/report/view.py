"""The records arranged as the page shows them."""

import math
from dataclasses import dataclass
from typing import cast

from audit.records import (
    AdversarialExample,
    CheckResult,
    ClassFlips,
    Evidence,
    Finding,
    FlippedWithin,
    Part,
    Picture,
    Results,
)
from audit.records.model_info import ORDER_WORDS
from audit.records.part_words import part_words, whose_words
from audit.records.pictures import chosen
from audit.report.changes_section import changes_view
from audit.report.class_view import ClassView, class_views
from audit.report.counterexamples_section import counterexample_views
from audit.report.formatting import clean, number
from audit.report.photograph_references import References
from audit.report.robustness_section import attacked_view, share_at
from audit.report.spectrum_chart import spectrum_chart
from audit.report.thumbnails import Difference, Role, Source, Thumbnail, Thumbnails
from audit.report.tiles import Tile, tile
from audit.report.transfer_section import transfer_view

FULL_FINDINGS = 12
"""Findings shown as cards with pictures; the others are listed below them."""
GALLERY = 10
"""Pictures under the verdict: the worst classes, filled up with others."""
WEAKEST = 20
"""Rows of the table of classes with the lowest accuracy."""
PICTURE_SUFFIX = ".png"
SIDES = ("height", "width")
"""Fields of the preprocessing that the page shows as one size."""


@dataclass(frozen=True)
class InputRow:
    """One value of the preprocessing."""

    name: str
    value: str
    source: str


class View:
    """What the templates read."""

    def __init__(self, results: Results, thumbnails: Thumbnails) -> None:
        self.results = results
        self._thumbnails = thumbnails
        self._names = {label.index: clean(label.name) for label in results.model.classes}
        self._checks = {check.meta.id: check for check in results.checks}
        self.audited = {entry.label.index for entry in results.classes}
        self.natural = References(results)
        by_class: dict[int, list[Finding]] = {index: [] for index in self.audited}
        for finding in results.findings:
            for index in dict.fromkeys(finding.classes):
                if index in by_class:
                    by_class[index].append(finding)
        suspects = {suspect.class_index: suspect for suspect in results.look_first}
        spectra = [line for entry in results.classes for line in entry.spectra.values()]
        self.spectrum = spectrum_chart(results.baseline.spectrum, spectra)
        views = class_views(results, by_class, suspects, self.spectrum)
        self.classes = list(views.values())
        self.look_first = [views[index] for index in suspects]
        rest = [view for view in self.classes if view.suspect is None]
        self.gallery = [view for view in (*self.look_first, *rest) if view.natural][:GALLERY]
        self.cards = results.findings[:FULL_FINDINGS]
        self.more = results.findings[FULL_FINDINGS:]
        self.attacked = attacked_view(results)
        self.changes = changes_view(results)
        self.counterexamples = counterexample_views(results)
        self.transfer_model = transfer_view(results, self.classes)

    @property
    def failed(self) -> list[ClassView]:
        """Classes of which pictures could not be generated."""
        return [entry for entry in self.classes if entry.result.error]

    def lack(self, stage: str) -> str | None:
        """Why a stage that should have run gave nothing, in one sentence."""
        return next((s.lacks[0].why for s in self.results.run.stages if s.name == stage and s.lacks), None)

    def name(self, index: int) -> str:
        """Display name of a class, audited or not."""
        return self._names.get(index, f"class {index}")

    def part_words(self, part: Part) -> str:
        """What is known of a part of a class."""
        return part_words(part, self.name)

    def whose_words(self, part: Part) -> str:
        """What it resembles."""
        return whose_words(part, self.name)

    def statistic(self, id: str) -> str:
        """Title of a statistic; its id where the run measured none of that name."""
        return next((entry.title for entry in self.results.baseline.statistics if entry.id == id), id)

    def check(self, id: str) -> CheckResult | None:
        """The check a finding comes from."""
        return self._checks.get(id)

    def thumbnail(self, source: Source, role: Role) -> Thumbnail:
        """The picture, sized for its place on the page."""
        return self._thumbnails.get(source, role)

    def after(self, example: AdversarialExample) -> str:
        """What the network says of an adversarial image, in words."""
        if not math.isfinite(example.probability_after):
            return "the output is not finite"
        if example.predicted_after is None:
            return f"no longer classified as {self.name(example.label)}"
        return f"classified as {self.name(example.predicted_after)}"

    def factor(self, difference: Difference) -> int:
        """How many times a difference is magnified."""
        return self._thumbnails.factor(difference)

    def pictured(self, artefact: str) -> bool:
        """Whether a piece of evidence is a picture."""
        return artefact.endswith(PICTURE_SUFFIX)

    def evidence(self, finding: Finding) -> list[Evidence]:
        """What a finding shows, with a natural photograph beside it where there is one."""
        return [*finding.evidence, *self.natural.beside(finding)]

    def share_at(self, levels: ClassFlips) -> FlippedWithin | None:
        """A class's share of flipped answers at the distance that the check's limit is about."""
        return share_at(levels.flipped_within, self.attacked.limit if self.attacked else None)

    def weakest(self) -> list[ClassView]:
        """Classes with enough photographs for a figure, least accurate first."""
        judged = [
            (entry.result.photographs.correct.value, entry.result.label.index, entry)
            for entry in self.classes
            if entry.result.photographs
            and entry.result.photographs.enough
            and entry.result.photographs.correct
        ]
        return [entry for _, _, entry in sorted(judged, key=lambda item: item[:2])[:WEAKEST]]

    def fooling(self) -> list[ClassView]:
        """Classes with regularised and unconstrained pictures, most confident unconstrained first."""
        both = [entry for entry in self.classes if entry.natural and entry.unconstrained]
        return sorted(
            both,
            key=lambda entry: -entry.unconstrained[0].probability if entry.unconstrained[0].finite else 0.0,
        )

    def all_confident(self) -> bool:
        """Whether each of `fooling` is predicted with more than 99.9 %, unconstrained and regularised."""
        first = [pictures[0] for e in self.fooling() for pictures in (e.unconstrained, e.natural)]
        return bool(first) and all(p.finite and p.rank == 1 and p.probability > 0.999 for p in first)

    def tiles(self) -> list[Tile]:
        """The grid's classes, in the order of their numbers."""
        places = {entry.result.label.index: place for place, entry in enumerate(self.look_first, start=1)}
        return [
            tile(entry, places.get(entry.result.label.index), self._tile_image(entry))
            for entry in self.classes
        ]

    def input_rows(self) -> list[InputRow]:
        """The preprocessing, value by value, with the source of each."""
        path = self.results.model.input
        values = {
            "size": f"{path.height} × {path.width} pixels",
            "channels": str(path.channels),
            "order": ORDER_WORDS[path.order],
            "resize": path.resize_in_words(),
            "enlarge": "photographs that are too small are enlarged"
            if path.enlarge
            else "no: photographs that are too small are left out",
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

    def _tile_image(self, entry: ClassView) -> tuple[int, int, int, bool] | None:
        if not entry.natural:
            return None
        shown = self.thumbnail(entry.natural[0].file, "grid")
        return (shown.key, shown.width, shown.height, shown.pixelated)


def wanted(results: Results) -> list[tuple[Source, Role]]:
    """All (source, role) pairs that the page shows."""
    pairs: list[tuple[Source, Role]] = []
    natural = References(results)
    for entry in results.classes:
        pairs.extend(
            (picture.file, role_of(picture)) for picture in [*entry.pictures, *entry.batch_norm_pictures]
        )
        for prior in ("natural", "none"):
            first = next((p for p in entry.pictures if p.prior == prior), None)
            stands = chosen(entry.pictures, prior) or first
            if stands is not None:
                pairs.append((stands.file, "grid"))
        shown = [one.outlined for part in entry.parts for one in (*part.appearances, *part.neighbours)]
        pairs.extend((file, "other") for file in shown)
        if entry.photographs:
            near = (*entry.photographs.activating, *entry.photographs.nearest)
            pairs.extend((item.file, "photograph") for item in near)
    for finding in results.findings[:FULL_FINDINGS]:
        pieces = [*finding.evidence, *natural.beside(finding)]
        pairs.extend((piece.artefact, "grid") for piece in pieces if piece.artefact.endswith(PICTURE_SUFFIX))
    attacked = attacked_view(results)
    for triple in attacked.triples if attacked else []:
        for source in (triple.example.original, triple.example.file, triple.difference):
            pairs.append((source, "example"))
    changes = changes_view(results)
    for example in changes.examples if changes else []:
        pairs.extend((file, "grid") for file in (example.before, example.after))
    pairs.extend((shown.file, "grid") for test in results.counterexamples for shown in test.examples)
    pairs.extend((file, "grid") for shown in results.details.values() for file in shown.files)
    return pairs


def role_of(picture: Picture) -> Role:
    """How large a picture is shown in its class section."""
    return "chosen" if picture.chosen else "other"


def _flatten(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return [row for key, inner in items for row in _flatten(f"{prefix}.{key}" if prefix else key, inner)]
    return [(prefix, clean(value))]
