"""The versioned records that every stage writes, every check reads and every report shows."""

from audit.results.classifier import ClassLabel, Identity, InputPath, ModelInfo
from audit.results.document import (
    SCHEMA_VERSION,
    BaselineInfo,
    ClassResult,
    Environment,
    Results,
    RunInfo,
    StageInfo,
    StatisticInfo,
    Timing,
    Verdict,
)
from audit.results.findings import (
    Agreement,
    CheckMeta,
    CheckResult,
    Effect,
    Evidence,
    Finding,
    PValue,
    Ranked,
    fingerprint,
)
from audit.results.pictures import ClassPictures, Picture, Prediction, StatisticValue

__all__ = [
    "SCHEMA_VERSION",
    "Agreement",
    "BaselineInfo",
    "CheckMeta",
    "CheckResult",
    "ClassLabel",
    "ClassPictures",
    "ClassResult",
    "Effect",
    "Environment",
    "Evidence",
    "Finding",
    "Identity",
    "InputPath",
    "ModelInfo",
    "PValue",
    "Picture",
    "Prediction",
    "Ranked",
    "Results",
    "RunInfo",
    "StageInfo",
    "StatisticInfo",
    "StatisticValue",
    "Timing",
    "Verdict",
    "fingerprint",
]
