"""Stage: image statistics of every picture, read back from the files that the report shows."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from audit.measure.stage import Computed, Context, Tick, chunks
from audit.results.units import PicturesUnit, StatisticsUnit, UnitRecord
from audit.statistics import STATISTICS, measure

CLASSES = 32
"""Classes per unit: statistics are cheap."""


class PictureStatistics:
    """Numbers, not yet percentiles: a better baseline later recomputes nothing."""

    name = "statistics"
    version = 1
    inputs: tuple[str, ...] = ("pictures", "unconstrained")

    def settings(self, context: Context) -> dict[str, object]:
        """Which statistics there are."""
        return {"statistics": sorted(STATISTICS)}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Groups of classes."""
        return chunks(context.classes, CLASSES)

    def views(self, context: Context) -> float:
        """None: the network is not asked."""
        return 0.0

    def compute(
        self, classes: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Measure the files of these classes."""
        wanted = set(classes)
        files = [
            picture.file
            for unit in inputs
            if isinstance(unit.body, PicturesUnit)
            for group in unit.body.pictures
            if group.class_index in wanted
            for picture in group.pictures
        ]
        images = torch.stack([self._read(context, file) for file in files])
        columns = measure(images)
        values = {
            file: {name: _number(column[i]) for name, column in columns.items()}
            for i, file in enumerate(files)
        }
        return Computed(StatisticsUnit(values=values), 0.0)

    def _read(self, context: Context, file: str) -> Tensor:
        with Image.open(context.folder / file) as image:
            pixels = np.array(image)
        channels = context.classifier.input.channels
        if pixels.ndim == 2:
            # Channels other than red, green, blue lie side by side in one grey file.
            parts = np.split(pixels, channels, axis=1) if channels != 3 else [pixels]
            pixels = np.stack(parts, axis=-1)
        return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
