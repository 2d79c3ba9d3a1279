"""Pictures → numbers, and what those numbers are on photographs."""

from audit.statistics.baseline import Baseline, load_file, no_baseline
from audit.statistics.making import BuildReport, Skipped, build, compute, from_folder
from audit.statistics.pixels import to_uint8, to_uint8_grid
from audit.statistics.prior import NaturalPrior
from audit.statistics.registry import STATISTICS, Statistic, measure
from audit.statistics.shipped import bundled, sizes

__all__ = [
    "STATISTICS",
    "Baseline",
    "BuildReport",
    "NaturalPrior",
    "Skipped",
    "Statistic",
    "build",
    "bundled",
    "compute",
    "from_folder",
    "load_file",
    "measure",
    "no_baseline",
    "sizes",
    "to_uint8",
    "to_uint8_grid",
]
