"""Objectives: one score for each augmented view, to be maximised."""

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
"""Weight of the second score. It only matters where the first one has no gradient. Adam normalises each
picture's gradient, so that even this small score then gives full steps."""


class Objective(Protocol):
    """Scores of a batch in which each picture has a target of its own."""

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Views `[n, c, h, w]` in [0, 1], targets `[n]` int64 → scores `[n]`, differentiable in the views.

        What a target number means is the objective's: a class, or a place in a list of units.
        """
        ...


class ClassObjective:
    """Targets are class indices; the score is an objective of the logits.

    With independent labels the score is always the class's own logit. The margin and the mix would also lower
    all other labels: a picture that may not raise "animal" could never show a dog.

    Logits can be dead (a ReLU after the last layer, class 0 of a network with one logit) or saturated (a
    tanh). Their gradient is then zero and the picture would never change. So a small second score is added:
    the class against the others in the output of the last layer, before any activation. It needs no extra
    pass.
    """

    def __init__(self, classifier: Classifier, objective: str) -> None:
        """`objective` is a key of OBJECTIVES."""
        independent = classifier.task == "multi-label"
        self._classifier = classifier.folded()
        self._score = own_logit if independent else OBJECTIVES[objective]
        self._revive = own_logit if independent else mix
        self._said: tuple[Tensor, Tensor] | None = None

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Evaluate the network on the views."""
        logits, before = self._classifier.logits_and_last(views)
        self._said = logits.detach(), targets
        return self._score(logits, targets) + REVIVAL * self._revive(before, targets)

    def confident(self) -> Tensor:
        """Probability of each view's own class `[n]` in the last evaluation."""
        assert self._said is not None
        logits, targets = self._said
        return own_logit(probabilities(logits, self._classifier.task), targets)

    def spread(self) -> Tensor:
        """Standard deviation over the classes of each view's logits `[n]` in the last evaluation: their
        scale."""
        assert self._said is not None
        return self._said[0].std(1, correction=0)
