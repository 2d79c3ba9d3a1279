"""What the network answers on counterexamples of a class, which the user gave.

A class may rest on something that always comes along with its object: the arm that holds every dumbbell.
Photographs of the object without that part, and of the part without the object, bear this out or refute it.
"""

import math
from typing import Literal

from pydantic import Field

from audit.records.estimates import Proportion
from audit.records.pictures import Prediction
from audit.records.record import Record

CounterexampleKind = Literal["object", "part"]
""""object": the object without the part, which should be answered as the class. "part": the part without the
object, which should not."""
KINDS: tuple[CounterexampleKind, ...] = ("object", "part")


class OtherAnswer(Record):
    """A class as which some of the photographs are answered."""

    class_index: int
    count: int


class CounterexamplePicture(Record):
    """One counterexample as the network sees it."""

    file: str
    """The lossless crop inside the run directory."""
    name: str
    """Path below the folder, with forward slashes. Untrusted text."""
    answered: bool
    """Whether it is answered as the class."""
    answer: Prediction | None
    """The class where it is answered so, else the strongest answer. None where that is not finite, and with
    independent labels where none holds."""
    probability: float
    """Of the class; NaN where the answer is not finite."""

    @property
    def finite(self) -> bool:
        """Whether every logit that the network gave was a finite number."""
        return math.isfinite(self.probability)


class CounterexampleTest(Record):
    """Counterexamples of one class and one kind."""

    class_index: int
    kind: CounterexampleKind
    source: str
    """The folder as the user gave it. Untrusted text."""
    found: int
    """Files of this kind that look like pictures."""
    files: int
    """How many of them could be used."""
    skipped: dict[str, int] = Field(default_factory=dict[str, int])
    """Reason in words → files left out."""
    answered: Proportion
    """Answered as the class, of the files used: its first answer; with independent labels, its logit above
    0. An answer that is not finite is none."""
    not_finite: int = 0
    """Files to which the network's answer is not finite."""
    probability: float | None
    """Mean probability of the class over the finite answers; None where there is none."""
    instead: list[OtherAnswer]
    """The answers to the others, the most frequent first (at most five). With independent labels the
    strongest one that holds."""
    photographs: Proportion | None = None
    """The same share of the class's own photographs, those of `--images`: the scale. None without any that
    have a label."""
    examples: list[CounterexamplePicture] = Field(default_factory=list[CounterexamplePicture])
    """At most four, answered wrongly and rightly, the wrong ones first."""

    def right(self, picture: CounterexamplePicture) -> bool:
        """Whether the answer to a picture of this kind is as it should be."""
        return picture.finite and picture.answered == (self.kind == "object")
