"""Records of natural photographs: what the network answers on them, and which a class likes best."""

import math
from typing import Literal

from audit.records.estimates import Proportion
from audit.records.pictures import Prediction
from audit.records.record import Record


class Photograph(Record):
    """One photograph on the classifier's preprocessing; every number is measured on its 8-bit crop."""

    index: int
    """Place in the set."""
    name: str
    """Path below the folder, with forward slashes. Untrusted text."""
    sha256: str
    """Of the file's bytes."""
    label: int | None
    """Class index by its folder; None in a flat folder."""
    answer: Prediction
    """The network's first answer; its probability is NaN where that is not finite."""
    second: Prediction | None
    """Its second one; None where the network has one output only."""
    rank: int | None
    """Place of the label among the answers, 1 for the first, the last one where the answer is not finite;
    None without label."""
    probability: float | None
    """Of the label; None without label."""
    in_baseline: bool
    """Whether the natural baseline was computed from this very file."""
    enlarged: bool = False
    """Whether it was smaller than the input takes and was enlarged: it has no fine detail."""

    @property
    def finite(self) -> bool:
        """Whether every logit that the network gave was a finite number."""
        return math.isfinite(self.answer.probability) and math.isfinite(self.answer.logit)


class Nearby(Record):
    """A photograph that belongs to a class or a picture by some measure."""

    photograph: int
    """Its index."""
    value: float
    """Logit of the class, or cosine between features."""
    file: str
    """The lossless crop inside the run directory."""


class ClassPhotographs(Record):
    """What photographs say of one class."""

    count: int
    """Photographs whose label is the class; in a flat folder those answered as it."""
    enough: bool
    """Whether they are as many as a judgement needs (`photographs.per_class`)."""
    correct: Proportion | None
    """First answer right; None in a flat folder or without photographs."""
    correct_top5: Proportion | None
    """Label among the first five answers; None also where the network has fewer than six classes."""
    activating: list[Nearby]
    """Photographs of any label with the largest logit of the class, best first."""
    nearest: list[Nearby]
    """Photographs nearest to the chosen picture under the natural prior in the network's penultimate
    features (cosine, centred by the mean over the photographs), nearest first."""


class PhotographsInfo(Record):
    """The photographs of a run."""

    source: str
    """The folder as the user gave it."""
    kind: Literal["labelled", "own answers"]
    """"own answers": a flat folder, whose labels are the network's own answers."""
    found: int
    """Files that look like pictures."""
    used: int
    skipped: dict[str, int]
    """Reason in words → files left out."""
    in_baseline: int
    """Of those used, how many the natural baseline was computed from."""
    enlarged: int = 0
    """Of those used, how many were enlarged; their image statistics are not compared with the baseline's."""
    correct: Proportion | None
    """First answer right, all photographs; None in a flat folder."""
    correct_top5: Proportion | None
    notes: list[str]
    """What a reader should know: folders that are no class, classes without photograph, limits."""
    photographs: list[Photograph]
