"""Pictures → numbers, and what those numbers are on photographs."""

from audit.image_stats.all_statistics import STATISTICS, measure
from audit.image_stats.baseline import Baseline, load_file, no_baseline
from audit.image_stats.build_baseline import BuildReport, Skipped, build, compute, from_folder
from audit.image_stats.natural_prior import NaturalPrior
from audit.image_stats.shipped_baselines import bundled, sizes
from audit.image_stats.statistic import Statistic
from audit.images.quantize import to_uint8, to_uint8_grid

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
