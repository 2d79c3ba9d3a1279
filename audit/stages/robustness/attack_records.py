"""What an attack found → records: only what the plain network confirms is a flip."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from audit.attacks import Found, Plain
from audit.attacks.reference_model import to_pixels
from audit.classifier.model import Task
from audit.images.png import png
from audit.records import AdversarialExample, Attacked, AttackOutcome
from audit.records.robustness import worst
from audit.stages.artifacts import photograph_file
from audit.stages.robustness.chosen_attacks import ChosenAttack
from audit.stages.stage import FORWARD


@dataclass(frozen=True)
class Offered:
    """An image that the earlier record says is answered as its label."""

    image: Tensor
    """`[c, h, w]`."""
    label: int
    index: int
    """Of the photograph, or of the class whose picture it is."""
    picture: str | None
    sha256: str = ""
    """Of the photograph's file."""
    enlarged: bool = False
    """Whether the photograph was: its statistics are not natural ones."""

    @property
    def photograph(self) -> int | None:
        """Its index; None for a class picture."""
        return self.index if self.picture is None else None

    @property
    def key(self) -> int:
        """Fixes the random numbers; other photographs beside it move it, and do not change this."""
        return self.index if self.picture else int(self.sha256[:15], 16)

    @property
    def name(self) -> str:
        """Of its adversarial versions."""
        return f"{self.index:06d}" if self.picture else self.sha256[:16]

    @property
    def file(self) -> str:
        """Where the image before stands."""
        return self.picture or photograph_file(self.sha256)


@dataclass(frozen=True)
class Confirmed:
    """What the plain network says after one attack."""

    outcome: AttackOutcome
    adversarial: Tensor | None
    """Within the smallest epsilon that flips."""


def failed(chosen: ChosenAttack, error: str) -> Confirmed:
    """The outcome of an attack that did not end."""
    outcome = AttackOutcome(
        attack=chosen.name,
        norm=chosen.norm,
        epsilon=None,
        distance=None,
        predicted_after=None,
        probability=None,
        error=error,
        views=FORWARD,
    )
    return Confirmed(outcome, None)


def confirm(plain: Plain, offered: Offered, chosen: ChosenAttack, found: Found, task: Task) -> Confirmed:
    """The smallest epsilon whose image the plain network confirms, and how many flips it does not."""
    label, not_confirmed = offered.label, 0
    epsilon = predicted = probability = adversarial = None
    finite = True
    for candidate in found.candidates:
        flipped, other, certainty, own = plain.answer(to_pixels(candidate.image), label)
        if not flipped:
            not_confirmed += 1
        elif epsilon is None:
            finite = math.isfinite(own)
            independent = task == "multi-label"
            epsilon, adversarial = candidate.epsilon, candidate.image
            probability = own if independent else certainty
            predicted = other if finite and not independent else None
    outcome = AttackOutcome(
        attack=chosen.name,
        norm=chosen.norm,
        epsilon=epsilon,
        distance=found.distance,
        predicted_after=predicted,
        probability=probability,
        finite=finite,
        not_confirmed=not_confirmed,
        zero_gradient=found.zero_gradient,
        left_ball=found.left_ball,
        views=found.views + FORWARD * (1 + len(found.candidates)),
    )
    return Confirmed(outcome, adversarial)


def attacked(offered: Offered, confirmed: list[Confirmed]) -> Attacked:
    """The record of one image."""
    return Attacked(
        photograph=offered.photograph,
        picture=offered.picture,
        label=offered.label,
        outcomes=[each.outcome for each in confirmed],
    )


def example(
    offered: Offered, confirmed: list[Confirmed], before: float
) -> tuple[AdversarialExample, Mapping[str, bytes]] | None:
    """The flip within the smallest epsilon with its files; None where nothing flipped.

    `before` is the probability of the label on the image itself.
    """
    found = worst(each.outcome for each in confirmed)
    changed = next((each.adversarial for each in confirmed if each.outcome is found), None)
    if found is None or changed is None or found.epsilon is None or found.probability is None:
        return None
    file = f"images/adversarial/{offered.name}-{found.attack}.png"
    files = {file: png(changed)}
    if offered.picture is None:
        files[offered.file] = png(offered.image)
    record = AdversarialExample(
        attack=found.attack,
        norm=found.norm,
        label=offered.label,
        predicted_after=found.predicted_after,
        epsilon=found.epsilon,
        photograph=offered.photograph,
        original=offered.file,
        file=file,
        origin="natural" if offered.picture is None else "synthesised",
        probability_before=before,
        probability_after=found.probability,
    )
    return record, files
