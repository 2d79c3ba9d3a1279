"""What a second, independent network says of the pictures."""

from audit.records.estimates import Proportion
from audit.records.model_info import ModelInfo
from audit.records.pictures import Prediction
from audit.records.record import Record


class Transfer(Record):
    """The transfer model's answer on one picture, resized to its input."""

    rank: int | None
    """Place of the picture's class among the transfer model's answers; None where the transfer model has no
    such class."""
    probability: float | None
    """Of that class."""
    top: list[Prediction]
    """Its strongest answers, best first (at most five). `class_index` counts in the transfer model's own
    classes."""


class TransferAccuracy(Record):
    """How often the transfer model names the class of an image, over images whose class it has."""

    top1: Proportion
    """Its first answer."""
    top5: Proportion | None
    """Among its first five; None where it has fewer than six classes."""
    probability: float
    """Mean probability of the class."""


class TransferInfo(Record):
    """The transfer model of a run and what it recognised."""

    model: ModelInfo
    classes: list[int | None]
    """For each class of the audited network the transfer model's class; None where it has none."""
    notes: list[str]
    """What a reader should know: classes that the transfer model lacks, lists matched by place."""
    natural: TransferAccuracy | None
    """Of the chosen pictures under the natural prior, one a class; None where it has none of the classes."""
    unconstrained: TransferAccuracy | None
    """Of the chosen pictures without prior."""
    photographs: TransferAccuracy | None
    """Of labelled photographs on the transfer model's own preprocessing: the scale. None without any."""
