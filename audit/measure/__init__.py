"""The stages of a run, in order."""

from audit.measure.control import DrawControl
from audit.measure.input_path_trials import TryInputPaths
from audit.measure.lens import Lens
from audit.measure.nearby import NearbyPhotographs
from audit.measure.photographs import Photographs
from audit.measure.picture_statistics import PictureStatistics
from audit.measure.pictures import Pictures
from audit.measure.pilot import PilotStage
from audit.measure.stage import Computed, Context, Stage
from audit.measure.susceptibility import Susceptibility
from audit.measure.transfer import TransferPictures
from audit.measure.transfer_scale import TransferScale
from audit.measure.trust import Trust
from audit.measure.unconstrained import Unconstrained

STAGES: tuple[Stage, ...] = (
    TryInputPaths(),
    Photographs(),
    PilotStage(),
    Pictures(),
    Unconstrained(),
    Lens(),
    PictureStatistics(),
    NearbyPhotographs(),
    Susceptibility(),
    TransferPictures(),
    TransferScale(),
    Trust(),
    DrawControl(),
)

__all__ = ["STAGES", "Computed", "Context", "Stage"]
