"""What changes of photographs do to the answers: measured over all of them, fitted to a class, and tested.

A *change* is what a probe does to a photograph: writes on it, frames it, tints it. A *fitted* one was made
for one class of this network. A *causal test* asks on photographs that took no part in finding a change
whether the class depends on it: is it sufficient, does it contribute, and what does the class lose without.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import model_validator

from audit.records.estimates import Proportion
from audit.records.record import Record

Carriers = Literal["photographs", "own answers", "dead leaves"]
"""What was changed: photographs with labels; photographs whose labels are the network's own answers;
rendered scenes of many leaves, where a run has no photographs."""

ALONE = "-alone"
"""How the ids of changes end that leave a part of the picture, and not its object. Of these is asked which
classes are still told apart, and nothing else: what becomes of the answers is chance."""


class ChangeEffect(Record):
    """What one change does to the answers. The lists stand side by side, one entry a stored class."""

    change: str
    """Stable id, by which the change can be made again."""
    family: str
    control_of: str | None
    """Id of the change that this one is a control of."""
    classes: list[int]
    """Class indices, ascending: all where a network has few, else those that lead on some scale."""
    shift: list[float]
    """Mean change of the class's logit over photographs that are not of it, less the mean over all classes,
    in standard deviations of the unchanged logits."""
    turned: list[int]
    """Photographs not of the class, and not answered as it, that the change turns into it."""
    others: list[int]
    """How many there are of them."""
    lost: list[int]
    """Photographs of the class, answered as it, that are not any more."""
    own: list[int]
    """How many there are of them."""
    to: list[int]
    """The class into which most of the lost ones go; -1 where none is lost."""
    accuracy: tuple[float, float] | None
    """Before and after, over all photographs with labels; None without labels."""
    told: list[float] | None = None
    """How well photographs of the class are told from others by what the change leaves, 0 to 1, by chance .5
    (area under the ROC curve of the class's probability). None of a change that leaves the object there, and
    without labels."""
    shown: list[int] | None = None
    """Labelled photographs of the class; None where `told` is."""

    @model_validator(mode="after")
    def _side_by_side(self) -> "ChangeEffect":
        lists = [self.shift, self.turned, self.others, self.lost, self.own, self.to]
        lists += [values for values in (self.told, self.shown) if values is not None]
        if any(len(values) != len(self.classes) for values in lists):
            raise ValueError("expected one entry for each stored class in every list")
        return self

    def dense(self, values: Sequence[float], k: int, missing: float) -> list[float]:
        """One of the lists for all `k` classes of the network."""
        found = [missing] * k
        for index, value in zip(self.classes, values, strict=True):
            found[index] = value
        return found

    def place(self, class_index: int) -> int | None:
        """Where a class stands in the lists; None where it is not stored."""
        return self.classes.index(class_index) if class_index in self.classes else None


class FittedProbe(Record):
    """A change that was fitted to turn photographs into one class."""

    class_index: int
    family: str
    place: str
    """Where on the image it was fitted; "everywhere" for one that covers it."""
    seed: int
    strength: float = 1.0
    """Multiple of the usual budget of its family."""
    file: str
    """Inside the run directory (.npz, no pickle): its parameters under the id of the change."""
    finished: bool
    """Whether the search went to its end: classes far behind the leading ones are given up early."""
    effect: ChangeEffect
    """On photographs that took no part in the fit."""


class LastLayer(Record):
    """The rows of the last linear layer, centred over classes; one entry for each class of the network."""

    mean: list[float]
    """Mean of the row, in standard deviations of all entries."""
    positive: list[float]
    """Mean of its positive parts, in the same unit."""


class ControlTest(Record):
    """The same photographs under a control of the change."""

    kind: str
    """"noise" as strong as the change; "shuffled" in blocks; "scrambled" in its phases; "flat": its mean
    colour where it is; "grey": without its hue; "other colour": its channels exchanged; "natural crop": what
    another photograph shows there; "other class": the change of the same family that was fitted for another
    class and turns most into it."""
    turned: Proportion
    lost: Proportion
    lost_elsewhere: Proportion = Proportion(k=0, n=0, interval=(0.0, 1.0))
    """Of all other classes together; none where it was not recorded."""
    shift: float
    gap: float
    """The shift, less the largest one of another class."""
    told: float | None = None
    """As `CausalTest.told` has it; the controls of a part of the picture are the other parts."""


class Interval(Record):
    """A value with its 95 % interval (bootstrap over photographs)."""

    value: float
    interval: tuple[float, float]


class Example(Record):
    """One photograph before and after."""

    before: str
    """Path inside the run directory."""
    after: str
    answer_before: int
    answer_after: int
    label: int = -1
    """Class of the photograph; -1 where it has no label."""


class CausalTest(Record):
    """One class and one change, on photographs held back from all that found them."""

    class_index: int
    change: str
    family: str
    carriers: Carriers
    photographs: int
    seed: int
    turned: Proportion
    """Photographs not of the class that the change turns into it: is it sufficient?"""
    shift: Interval
    """Of the class's logit, in standard deviations of the unchanged logits: does it contribute?"""
    gap: Interval
    """The shift, less that of the class that is raised most besides."""
    excess: Interval
    """The shift, less that under noise of the same strength."""
    lost: Proportion
    """Photographs of the class that it loses under the change: what does it cost?"""
    lost_elsewhere: Proportion
    """The same, of all other classes together."""
    accuracy: tuple[float, float] | None
    """Before and after, of all photographs; None without labels."""
    told: Interval | None = None
    """How well photographs of the class are told from others by a part of the picture alone, see
    `ChangeEffect.told`. None of any other change, and without labels."""
    told_next: float | None = None
    """The same of the other class that is told best; None of two classes, which are told equally well."""
    controls: list[ControlTest]
    examples: list[Example]


class Probes(Record):
    """All changes that were tried on the network."""

    carriers: Carriers
    photographs: int
    """How many images each change was measured on."""
    held_back: int
    """How many were kept for the causal tests."""
    effects: list[ChangeEffect]
    fitted: list[FittedProbe]
    last_layer: LastLayer | None
    """None where the network has no linear last layer, or its features are signed."""
    tests: list[CausalTest]
    battery: str = ""
    """Digest of all that the table of clean networks depends on: a table of other changes says nothing."""

    def effect(self, change: str) -> ChangeEffect | None:
        """What a change does, fitted or not; None for an unknown id."""
        every = (*self.effects, *(fitted.effect for fitted in self.fitted))
        return next((effect for effect in every if effect.change == change), None)


def most_turning(effects: Iterable[ChangeEffect], class_index: int) -> ChangeEffect | None:
    """The change that turns the largest share into the class; None where none turns any."""
    best: tuple[float, ChangeEffect] | None = None
    for effect in effects:
        place = effect.place(class_index)
        if place is None or not effect.others[place]:
            continue
        share = effect.turned[place] / effect.others[place]
        if best is None or share > best[0]:
            best = (share, effect)
    return best[1] if best and best[0] > 0 else None
