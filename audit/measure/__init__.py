"""The stages of a run, in order."""

from audit.measure.picture_statistics import PictureStatistics
from audit.measure.pictures import Pictures
from audit.measure.stage import Computed, Context, Stage
from audit.measure.unconstrained import Unconstrained

STAGES: tuple[Stage, ...] = (Pictures(), Unconstrained(), PictureStatistics())

__all__ = ["STAGES", "Computed", "Context", "Stage"]
