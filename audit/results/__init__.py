"""The versioned records that every stage writes, every check reads and every report shows."""

from audit.results.attacked import (
    AdversarialExample,
    Attacked,
    ClassLevels,
    Level,
    Shift,
    Susceptibility,
)
from audit.results.classifier import ClassLabel, Identity, InputPath, ModelInfo
from audit.results.diversity import Diversity
from audit.results.document import (
    SCHEMA_VERSION,
    BaselineInfo,
    ClassResult,
    Environment,
    NaturalSpectrum,
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
from audit.results.judge import JudgeInfo, Recognised, Transfer
from audit.results.photographs import ClassPhotographs, Nearby, Photograph, PhotographsInfo
from audit.results.pictures import ClassPictures, Picture, Prediction, StatisticValue
from audit.results.proportion import Proportion
from audit.results.trials import InputPathTrials, Trial

__all__ = [
    "SCHEMA_VERSION",
    "AdversarialExample",
    "Agreement",
    "Attacked",
    "BaselineInfo",
    "CheckMeta",
    "CheckResult",
    "ClassLabel",
    "ClassLevels",
    "ClassPhotographs",
    "ClassPictures",
    "ClassResult",
    "Diversity",
    "Effect",
    "Environment",
    "Evidence",
    "Finding",
    "Identity",
    "InputPath",
    "InputPathTrials",
    "JudgeInfo",
    "Level",
    "ModelInfo",
    "NaturalSpectrum",
    "Nearby",
    "PValue",
    "Photograph",
    "PhotographsInfo",
    "Picture",
    "Prediction",
    "Proportion",
    "Ranked",
    "Recognised",
    "Results",
    "RunInfo",
    "Shift",
    "StageInfo",
    "StatisticInfo",
    "StatisticValue",
    "Susceptibility",
    "Timing",
    "Transfer",
    "Trial",
    "Verdict",
    "fingerprint",
]
