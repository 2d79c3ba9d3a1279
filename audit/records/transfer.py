"""What a second, independent network says of the pictures."""

from audit.records.estimates import Proportion
from audit.records.model_info import ModelInfo
from audit.records.pictures import Prediction
from audit.records.record import Record


class Transfer(Record):
    """The judge's answer on one picture, resized to its input."""

    rank: int | None
    """Place of the picture's class among the judge's answers; None where the judge has no such class."""
    probability: float | None
    """Of that class."""
    top: list[Prediction]
    """Its strongest answers, best first (at most five). `class_index` counts in the judge's own classes."""


class Recognised(Record):
    """How often the judge names the class of an image, over images whose class it has."""

    top1: Proportion
    """Its first answer."""
    top5: Proportion | None
    """Among its first five; None where it has fewer than six classes."""
    probability: float
    """Mean probability of the class."""


class JudgeInfo(Record):
    """The judge of a run and what it recognised."""

    model: ModelInfo
    classes: list[int | None]
    """For each class of the audited network the judge's class; None where it has none."""
    notes: list[str]
    """What a reader should know: classes that the judge lacks, lists matched by place."""
    natural: Recognised | None
    """Of the chosen pictures under the natural prior, one a class; None where it has none of the classes."""
    free: Recognised | None
    """Of the chosen pictures without prior."""
    photographs: Recognised | None
    """Of labelled photographs on the judge's own input path: the scale. None without any."""
