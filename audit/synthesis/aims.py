"""What pictures are optimised for: a number for each view, to be raised."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.margins import margin, mix, own_logit

OBJECTIVES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "logit": own_logit,
    "margin": margin,
    "mix": mix,
}


class Aim(Protocol):
    """Scores of a batch in which each picture has a target of its own."""

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Views `[n, c, h, w]` in [0, 1], targets `[n]` int64 → scores `[n]`, differentiable in the views.

        What a target number means is the aim's: a class, or a place in a list of units.
        """
        ...


class ClassAim:
    """Targets are class indices; the score is the class's logit or its margin."""

    def __init__(self, classifier: Classifier, objective: str) -> None:
        """`objective` is a key of OBJECTIVES."""
        self._classifier, self._score = classifier, OBJECTIVES[objective]

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Ask the network about the views."""
        return self._score(self._classifier.logits(views), targets)
