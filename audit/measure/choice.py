"""Which of a class's restarts stands for it."""

from collections.abc import Sequence

from torch import Tensor

from audit.classifier.margins import margin
from audit.synthesis.engine import Job


def choose(logits: Tensor, jobs: Sequence[Job], class_index: int) -> int:
    """Position in `jobs` of the class's picture with the largest own margin in `logits` `[n, k]`.

    The network's own opinion decides, and nothing outside it: no photograph and no second network.
    """
    places = [i for i, job in enumerate(jobs) if job.class_index == class_index]
    own = logits[places]
    labels = own.new_full((len(places),), class_index).long()
    return places[int(margin(own, labels).argmax())]
