"""Records of synthesised pictures and of the numbers measured on them."""

import math
from collections.abc import Iterable
from typing import Literal

from audit.records.record import Record

Prior = Literal["natural", "none", "batch-norm"]
"""The natural prior; none; the natural prior and the statistics of the network's batch norms."""
PRIOR_WORDS: dict[Prior, str] = {
    "natural": "regularised by the natural prior",
    "none": "unconstrained",
    "batch-norm": "with the batch-norm prior",
}


class Prediction(Record):
    """One answer of the network on one picture."""

    class_index: int
    logit: float
    probability: float


class StatisticValue(Record):
    """One statistic of one picture."""

    value: float | None
    """None where it is undefined on this picture (a constant picture has no kurtosis)."""
    percentile: float | None
    """Two-sided place in the natural baseline, 0 to 100 (50 is the natural median); None without baseline."""


class Picture(Record):
    """One synthesised picture; every number is measured on the 8-bit file that is shown."""

    class_index: int
    restart: int
    prior: Prior
    file: str
    """Path inside the run directory, with forward slashes."""
    sha256: str
    height: int
    width: int
    views: float
    """Cost in views: forward and input gradient of one full-size image; smaller ones count by area."""
    logit: float
    probability: float
    """NaN where the network's answer is not finite."""
    margin: float
    """Own logit minus the largest other logit."""
    rank: int
    """1 when the network's answer is the class itself; the last place where the answer is not finite."""
    top: list[Prediction]
    """The strongest answers, best first (at most five); empty where the answer is not finite."""
    chosen: bool
    """The one picture of its class and prior that stands for the class."""

    @property
    def finite(self) -> bool:
        """Whether every logit that the network gave was a finite number."""
        return math.isfinite(self.probability) and math.isfinite(self.logit)


class ClassPictures(Record):
    """The pictures of one class under one prior."""

    class_index: int
    prior: Prior
    pictures: list[Picture]
    sketches: list[str]
    """Per picture: its penultimate features, projected to 128 dimensions (float16, base64)."""


def chosen(pictures: Iterable[Picture], prior: str) -> Picture | None:
    """The picture that stands for a class under one prior; None where none was made."""
    return next((picture for picture in pictures if picture.chosen and picture.prior == prior), None)
