"""Records of adversarial images: which answers flip, at what distance, into what."""

from collections.abc import Sequence
from typing import Literal

from audit.records.estimates import Proportion
from audit.records.record import Record


class Attacked(Record):
    """One correctly answered image that was attacked."""

    photograph: int | None
    """Index of the photograph; None where a class picture was attacked."""
    picture: str | None
    """File of the class picture; None where a photograph was attacked."""
    label: int
    """The class whose answer was to be flipped."""
    level: float | None
    """Smallest of the levels (in units of 1/255, L∞) at which the 8-bit image flips or its answer is not
    finite, confirmed on the plain network; None: at none."""
    epsilon: float | None
    """Smallest L∞ distance of a flipping float32 image that was found, in [0, 1]: an upper bound."""
    into: int | None
    """What the network answers on the 8-bit image at `level`; None where that is not finite, and where
    labels are independent: one goes off, and nothing goes into another."""
    probability: float | None
    """Of that answer; of the label itself where labels are independent; NaN where that is not finite."""
    views: float
    finite: bool = True
    """False where the answer at `level` is not finite: neither robust nor a flip into something, counted with
    the flips."""


class AdversarialExample(Record):
    """One flipped image that is kept to be looked at."""

    label: int
    into: int | None
    """As in `Attacked`."""
    level: float
    """In units of 1/255."""
    photograph: int | None
    original: str
    """Lossless file of the image before, inside the run directory."""
    file: str
    """Lossless file of the adversarial image."""
    origin: Literal["natural", "synthesised"]
    """What the image before is."""
    probability_before: float
    """Of the label."""
    probability_after: float
    """Of the flipped answer; of the label itself where labels are independent; NaN where the answer is not
    finite."""


class Level(Record):
    """How many images flip within one distance."""

    epsilon: float
    """L∞, in units of 1/255."""
    flipped: Proportion


def level_at(levels: Sequence[Level], epsilon: float) -> Level | None:
    """The largest level that does not lie above `epsilon` (in 1/255); None where all do."""
    return max(
        (each for each in levels if each.epsilon <= epsilon), key=lambda each: each.epsilon, default=None
    )


class ClassLevels(Record):
    """The same for the images of one class."""

    class_index: int
    enough: bool
    """Whether they are as many as a judgement needs (`photographs.per_class`)."""
    levels: list[Level]
    median_epsilon: float | None
    """Median over the class's images of the smallest flipping distance found, in [0, 1]."""


class Shift(Record):
    """How one image statistic moves from images to their adversarial versions."""

    statistic: str
    level: float
    """In units of 1/255."""
    n: int
    before: float
    """Median over the images."""
    after: float
    percentile_before: float | None
    """Median place in the natural baseline; None without baseline."""
    percentile_after: float | None
    moved: float | None
    """Median of the paired differences in natural standard deviations (the baseline's 16-84 % range / 2)."""


class Robustness(Record):
    """What small changes do to the network's answers."""

    source: Literal["photographs", "class pictures"]
    attack: str
    """The attack in words, with its steps, restarts and seed."""
    tried: int
    """Images offered; those answered wrongly to begin with are not attacked."""
    correct: int
    levels: list[Level]
    """Rising; of all attacked images."""
    classes: list[ClassLevels]
    into: list[tuple[int, int]]
    """(class index, how many images flip into it at their smallest level), most frequent first."""
    median_epsilon: float | None
    """Median over all attacked images of the smallest flipping distance found; None where most never flip."""
    unconfirmed: int
    """Flips in the batch that the plain network did not confirm; they do not count."""
    flat: int
    """Images whose input gradient is zero: the attack cannot see there, "not flipped" means nothing."""
    not_finite: int = 0
    """Images that a change brings to an answer which is not finite; counted with the flips."""
    shifts: list[Shift]
    examples: list[AdversarialExample]
    attacked: list[Attacked]
