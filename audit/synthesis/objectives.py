"""What pictures are optimised for: a number for each view, to be raised."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.margins import margin, mix, own_logit, probabilities

OBJECTIVES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "logit": own_logit,
    "margin": margin,
    "mix": mix,
}

REVIVAL = 1e-3
"""Weight of the second score, which matters only where the first one has no gradient: each picture's Adam
takes steps of one length whatever the scale of its score, so that this one moves it then."""


class Objective(Protocol):
    """Scores of a batch in which each picture has a target of its own."""

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Views `[n, c, h, w]` in [0, 1], targets `[n]` int64 → scores `[n]`, differentiable in the views.

        What a target number means is the objective's: a class, or a place in a list of units.
        """
        ...


class ClassObjective:
    """Targets are class indices; the score is an objective of the logits.

    Where labels are independent it is the own logit whatever the objective: others enter the margin and the
    mix, and what lowers "animal" lowers "dog", so that a healthy label would never be drawn.

    Logits can be dead (a ReLU behind the last layer, class 0 of a network with one logit) or saturated (a
    tanh): their gradient is zero, and no picture would ever move. So a small second score is added: the
    class against the others in what the last layer gives, before any activation. It costs no pass of its
    own.
    """

    def __init__(self, classifier: Classifier, objective: str) -> None:
        """`objective` is a key of OBJECTIVES."""
        independent = classifier.task == "multi-label"
        self._classifier = classifier.folded()
        self._score = own_logit if independent else OBJECTIVES[objective]
        self._revive = own_logit if independent else mix
        self._said: tuple[Tensor, Tensor] | None = None

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Ask the network about the views."""
        logits, before = self._classifier.logits_and_last(views)
        self._said = logits.detach(), targets
        return self._score(logits, targets) + REVIVAL * self._revive(before, targets)

    def sure(self) -> Tensor:
        """Probability of each view's own class `[n]` when the network was last asked."""
        assert self._said is not None
        logits, targets = self._said
        return own_logit(probabilities(logits, self._classifier.task), targets)

    def spread(self) -> Tensor:
        """Standard deviation of each view's logits over the classes `[n]`, then: the scale of the logits."""
        assert self._said is not None
        return self._said[0].std(1, correction=0)
