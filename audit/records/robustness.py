"""Records of adversarial images: which answers flip, under which attack, at what distance, into what."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from audit.records.estimates import Proportion
from audit.records.record import Record

Norm = Literal["linf", "l2"]
"""How the distance of two images is measured. An epsilon of linf (the largest change of any value) is in
units of 1/255, one of l2 (Euclidean) on images in [0, 1]."""


class AttackOutcome(Record):
    """What one attack does to one image."""

    attack: str
    norm: Norm
    epsilon: float | None
    """The smallest of the run's epsilons within which the 8-bit image flips or its answer is not finite,
    confirmed on the plain network; within any larger one it flips too. None: it flips within none."""
    distance: float | None
    """Smallest distance of a flipping float32 image that was found, on images in [0, 1]: an upper bound."""
    predicted_after: int | None
    """What the network answers on the 8-bit image at `epsilon`; None where that is not finite, and where
    labels are independent: one goes off, and nothing goes into another."""
    probability: float | None
    """Of that answer; of the label itself where labels are independent; NaN where that is not finite."""
    finite: bool = True
    """False where the answer at `epsilon` is not finite: neither robust nor a flip into something, counted
    with the flips."""
    not_confirmed: int = 0
    """Flips in the batch that the plain network did not confirm; they do not count."""
    zero_gradient: bool = False
    """The attack asked for gradients and got none: "not flipped" means nothing."""
    left_ball: bool = False
    """The attack gave an image beyond its distance or outside [0, 1]: that does not count, and "not flipped"
    means nothing."""
    error: str | None = None
    """Why the attack did not end, in one line: "not flipped" means nothing."""
    views: float

    @property
    def flipped(self) -> bool:
        """Within any of the epsilons."""
        return self.epsilon is not None

    @property
    def decided(self) -> bool:
        """Whether the image may be counted: it flipped, or a whole attack could not flip it."""
        return self.flipped or (self.error is None and not self.left_ball)


class Attacked(Record):
    """One correctly answered image that was attacked."""

    photograph: int | None
    """Index of the photograph; None where a class picture was attacked."""
    picture: str | None
    """File of the class picture; None where a photograph was attacked."""
    label: int
    """The class whose answer was to be flipped."""
    outcomes: list[AttackOutcome]
    """One of each attack, in the order of the configuration."""

    def of(self, norm: Norm) -> list[AttackOutcome]:
        """Outcomes that count, in one norm."""
        return [outcome for outcome in self.outcomes if outcome.norm == norm and outcome.decided]

    def worst(self, norm: Norm = "linf") -> AttackOutcome | None:
        """The outcome that flips it within the smallest epsilon; None where none flips it."""
        return worst(self.of(norm))

    def distance(self, norm: Norm = "linf") -> float | None:
        """Smallest distance that any attack found."""
        return min((o.distance for o in self.of(norm) if o.distance is not None), default=None)


def worst(outcomes: Iterable[AttackOutcome]) -> AttackOutcome | None:
    """The outcome with the smallest epsilon, the first of equal ones."""
    flipped = [(outcome.epsilon, outcome) for outcome in outcomes if outcome.epsilon is not None]
    return min(flipped, key=lambda pair: pair[0])[1] if flipped else None


class AdversarialExample(Record):
    """One flipped image that is kept to be looked at."""

    attack: str
    norm: Norm
    label: int
    predicted_after: int | None
    """As in `AttackOutcome`."""
    epsilon: float
    """In units of its norm."""
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


class FlippedWithin(Record):
    """How many images flip within one distance."""

    epsilon: float
    """In units of its norm; of 1/255 where none is named."""
    flipped: Proportion
    """Of the images that were answered rightly and attacked."""
    robust_accuracy: Proportion | None = None
    """Share of all images, those answered wrongly to begin with too, that are answered rightly and stay so;
    None for single classes, and where no labels were given."""


def within(levels: Sequence[FlippedWithin], epsilon: float) -> FlippedWithin | None:
    """The largest epsilon that does not lie above `epsilon`; None where all do."""
    return max(
        (each for each in levels if each.epsilon <= epsilon), key=lambda each: each.epsilon, default=None
    )


class AttackSummary(Record):
    """One attack of a run, by itself."""

    attack: str
    title: str
    norm: Norm
    description: str
    """In words, with steps, restarts and seed."""
    images: int
    """Images on which its outcome counts."""
    flipped_within: list[FlippedWithin]
    """Rising, in units of its norm."""
    median_distance: float | None
    not_confirmed: int
    left_ball: int
    """Images on which it left its distance or [0, 1]: where these did not flip they do not count."""
    error: str | None
    """Why it did not end, on one line; None where it did."""
    views: float

    @property
    def complete(self) -> bool:
        """Whether it ended, and stayed within its distance."""
        return self.error is None and not self.left_ball


class ClassFlips(Record):
    """The pointwise worst case over attacks, for the images of one class."""

    class_index: int
    enough: bool
    """Whether they are as many as a judgement needs (`photographs.per_class`)."""
    flipped_within: list[FlippedWithin]
    median_distance: float | None
    """Median over the class's images of the smallest flipping distance found, in [0, 1]."""


class Shift(Record):
    """How one image statistic moves from images to their adversarial versions."""

    statistic: str
    epsilon: float
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
    """What small changes do to the network's answers.

    Where no attack is named, a figure is the pointwise worst case over all L∞ attacks: an image counts as
    flipped within a distance if any of them flips it there.
    """

    source: Literal["photographs", "class pictures"]
    tried: int
    """Images offered; those answered wrongly to begin with are not attacked."""
    correct: int
    attacks: list[AttackSummary] = Field(default_factory=list[AttackSummary])
    """In the order of the configuration."""
    flipped_within: list[FlippedWithin]
    """Rising; of all attacked images."""
    classes: list[ClassFlips]
    predicted_after: list[tuple[int, int]]
    """(class index, how many images flip into it at their smallest epsilon), most frequent first."""
    median_distance: float | None
    """Median over all attacked images of the smallest flipping distance found; None where most never flip."""
    not_confirmed: int
    """Flips in the batch that the plain network did not confirm; they do not count."""
    zero_gradient: int
    """Images on which an attack got no gradient to follow: "not flipped" means nothing."""
    not_finite: int = 0
    """Images that a change brings to an answer which is not finite; counted with the flips."""
    shifts: list[Shift]
    examples: list[AdversarialExample]
    attacked: list[Attacked]

    @property
    def incomplete(self) -> list[AttackSummary]:
        """Attacks whose "not flipped" cannot be trusted."""
        return [attack for attack in self.attacks if not attack.complete]
