"""Stage: image statistics and spectra of every picture, read back from the files that the report shows."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from audit.image_stats import STATISTICS, Baseline, measure
from audit.image_stats.radial_profile import spectrum
from audit.images.png import read_picture
from audit.records import Picture, StatisticValue
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PicturesUnit, StatisticsUnit, UnitRecord
from audit.stages.artifacts import number, pictures_of
from audit.stages.stage import Computed, Context, Reduced, Tick, Together, bodies, chunks

CLASSES = 32
"""Classes per unit: statistics are cheap."""


class PictureStatistics:
    """Numbers, not yet percentiles: a better baseline later recomputes nothing."""

    name = "statistics"
    version = 2
    inputs: tuple[str, ...] = ("pictures", "unconstrained")
    together: Together = "no"
    body: type[UnitBody] = StatisticsUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Which statistics there are, and what shapes the spectra."""
        return {"statistics": sorted(STATISTICS), "prior": context.prior.sha256}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Groups of classes."""
        return chunks(context.classes, CLASSES)

    def views(self, context: Context) -> float:
        """None: the network is not asked."""
        return 0.0

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Measure the files of these classes."""
        pictures = [p for group in pictures_of(inputs, items) for p in group.pictures]
        if not pictures:
            return Computed(StatisticsUnit(values={}), 0.0)
        channels = context.classifier.input.channels
        images = torch.stack([read_picture(context.folder / p.file, channels) for p in pictures])
        columns = measure(images)
        values = {
            p.file: {name: number(column[i]) for name, column in columns.items()}
            for i, p in enumerate(pictures)
        }
        return Computed(StatisticsUnit(values=values, spectra=_spectra(context, pictures, images)), 0.0)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The numbers of each picture with their places among natural images."""
        measured = bodies(records, StatisticsUnit)
        values = {file: row for body in measured for file, row in body.values.items()}
        spectra = {file: row for body in measured for file, row in body.spectra.items()}
        classes: dict[int, dict[str, dict[str, object]]] = {}
        groups = [group for body in bodies(records, PicturesUnit) for group in body.pictures]
        for picture in (p for group in groups for p in group.pictures if p.file in values):
            own = classes.setdefault(picture.class_index, {"statistics": {}, "spectra": {}})
            own["statistics"][picture.file] = _placed(values[picture.file], context.baseline)
            if picture.file in spectra:
                own["spectra"][picture.file] = spectra[picture.file]
        return Reduced(classes=classes)


def _placed(values: Mapping[str, float | None], baseline: Baseline | None) -> dict[str, StatisticValue]:
    placed: dict[str, StatisticValue] = {}
    for name, value in values.items():
        place = None
        if baseline is not None and value is not None:
            percentile = float(baseline.percentile(name, np.array([value]))[0])
            place = percentile if np.isfinite(percentile) else None
        placed[name] = StatisticValue(value=value, percentile=place)
    return placed


def _spectra(context: Context, pictures: Sequence[Picture], images: Tensor) -> dict[str, list[float]]:
    """Of the chosen pictures, where the prior was measured at their size."""
    prior = context.prior
    if (prior.height, prior.width) != context.classifier.size or context.classifier.input.channels != 3:
        return {}
    chosen = [i for i, p in enumerate(pictures) if p.chosen]
    if not chosen:
        return {}
    rows = spectrum(images[chosen], prior.prior)
    return {pictures[i].file: [round(float(v), 3) for v in row] for i, row in zip(chosen, rows, strict=True)}
