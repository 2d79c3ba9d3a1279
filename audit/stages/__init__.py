"""The stages of a run, in order."""

from audit.stages.photographs.nearest_stage import NearbyPhotographs
from audit.stages.photographs.photographs_stage import Photographs
from audit.stages.pictures.drawing_stages import BatchNormPictures, Pictures, Unconstrained
from audit.stages.preprocessing.preprocessing_stage import TryPreprocessing
from audit.stages.reliability.randomization_stage import DrawControl
from audit.stages.reliability.reliability_stage import Trust
from audit.stages.robustness.robustness_stage import Robustness
from audit.stages.stage import Computed, Context, Stage
from audit.stages.statistics.statistics_stage import PictureStatistics
from audit.stages.transfer.transfer_stage import TransferPictures, TransferScale
from audit.stages.tuning.tuning_stage import TuningStage

STAGES: tuple[Stage, ...] = (
    TryPreprocessing(),
    Photographs(),
    TuningStage(),
    Pictures(),
    Unconstrained(),
    BatchNormPictures(),
    PictureStatistics(),
    NearbyPhotographs(),
    Robustness(),
    TransferPictures(),
    TransferScale(),
    Trust(),
    DrawControl(),
)

__all__ = ["STAGES", "Computed", "Context", "Stage"]
