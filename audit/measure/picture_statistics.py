"""Stage: image statistics and spectra of every picture, read back from the files that the report shows."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from audit.measure.saved import read_picture
from audit.measure.stage import Computed, Context, Tick, chunks
from audit.results import ClassPictures
from audit.results.units import Items, PicturesUnit, StatisticsUnit, UnitRecord
from audit.statistics import STATISTICS, measure
from audit.statistics.profile import spectrum

CLASSES = 32
"""Classes per unit: statistics are cheap."""


class PictureStatistics:
    """Numbers, not yet percentiles: a better baseline later recomputes nothing."""

    name = "statistics"
    version = 2
    inputs: tuple[str, ...] = ("pictures", "unconstrained")

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Which statistics there are, and what shapes the spectra."""
        return {"statistics": sorted(STATISTICS), "prior": context.prior.sha256}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Groups of classes."""
        return chunks(context.classes, CLASSES)

    def views(self, context: Context) -> float:
        """None: the network is not asked."""
        return 0.0

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Measure the files of these classes."""
        wanted = set(items)
        files = [picture.file for group in _groups(inputs, wanted) for picture in group.pictures]
        images = _read(context, files)
        columns = measure(images)
        values = {
            file: {name: _number(column[i]) for name, column in columns.items()}
            for i, file in enumerate(files)
        }
        return Computed(StatisticsUnit(values=values, spectra=self._spectra(context, inputs, wanted)), 0.0)

    def _spectra(
        self, context: Context, inputs: Sequence[UnitRecord], wanted: set[int]
    ) -> dict[str, list[float]]:
        """Of the chosen pictures, where the prior was measured at their size."""
        prior = context.prior
        if (prior.height, prior.width) != context.classifier.size or context.classifier.input.channels != 3:
            return {}
        files = [
            picture.file for group in _groups(inputs, wanted) for picture in group.pictures if picture.chosen
        ]
        rows = spectrum(_read(context, files), prior.prior)
        return {file: [round(float(v), 3) for v in row] for file, row in zip(files, rows, strict=True)}


def _read(context: Context, files: Sequence[str]) -> Tensor:
    channels = context.classifier.input.channels
    return torch.stack([read_picture(context.folder / file, channels) for file in files])


def _groups(inputs: Sequence[UnitRecord], wanted: set[int]) -> list[ClassPictures]:
    bodies = [unit.body for unit in inputs if isinstance(unit.body, PicturesUnit)]
    return [group for body in bodies for group in body.pictures if group.class_index in wanted]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
