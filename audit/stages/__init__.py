"""The stages of a run: those of this package in order, then those from outside."""

import re
from collections.abc import Iterable

from audit.registry import Registry
from audit.stages.order import in_order
from audit.stages.stage import Computed, Context, Reduced, Stage

__all__ = ["STAGES", "Computed", "Context", "Reduced", "Stage", "in_order", "shipped"]

PARTS = (
    *("name", "version", "inputs", "together", "body"),
    *("of", "settings", "units", "views", "compute", "reduce"),
)
"""What a stage has."""


def shipped() -> Iterable[Stage]:
    """Those of this package, in order."""
    from audit.stages.counterexamples.counterexamples_stage import CounterexamplesStage
    from audit.stages.parts.parts_stage import PartsOfClasses
    from audit.stages.parts.pieces_stage import PiecesOfPhotographs
    from audit.stages.photographs.nearest_stage import NearestPhotographs
    from audit.stages.photographs.photographs_stage import Photographs
    from audit.stages.pictures.drawing_stages import BatchNormPictures, Pictures, Unconstrained
    from audit.stages.preprocessing.preprocessing_stage import PreprocessingStage
    from audit.stages.probes.causal_stage import CausalTests
    from audit.stages.probes.fitted_stage import FittedChanges
    from audit.stages.probes.probes_stage import BankOfChanges
    from audit.stages.reliability.randomization_stage import Randomization
    from audit.stages.reliability.reliability_stage import ReliabilityStage
    from audit.stages.robustness.robustness_stage import Robustness
    from audit.stages.statistics.statistics_stage import PictureStatistics
    from audit.stages.transfer.transfer_stage import TransferAccuracyStage, TransferPictures
    from audit.stages.tuning.tuning_stage import TuningStage

    return (
        PreprocessingStage(),
        Photographs(),
        TuningStage(),
        Pictures(),
        Unconstrained(),
        BatchNormPictures(),
        PictureStatistics(),
        NearestPhotographs(),
        Robustness(),
        TransferPictures(),
        TransferAccuracyStage(),
        ReliabilityStage(),
        Randomization(),
        PiecesOfPhotographs(),
        BankOfChanges(),
        FittedChanges(),
        CausalTests(),
        PartsOfClasses(),
        CounterexamplesStage(),
    )


def _name(stage: Stage) -> str:
    """Its name, which is that of a folder too; TypeError or ValueError where it is no stage."""
    missing = [part for part in PARTS if not hasattr(stage, part)]
    if missing or isinstance(stage, type):
        wrong = f"lacks {', '.join(missing)}" if missing else "is a class: give an instance of it"
        raise TypeError(f"expected a stage; {stage!r} {wrong}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", stage.name):
        raise ValueError(f"expected small letters, digits and hyphens as a stage's name, got {stage.name!r}")
    return stage.name


STAGES: Registry[Stage] = Registry("audit.stages", _name, shipped)
"""All of them; `in_order` says which runs when."""
