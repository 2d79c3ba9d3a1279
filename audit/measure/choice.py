"""Which of a class's restarts stands for it."""

from collections.abc import Sequence

from torch import Tensor

from audit.classifier.margins import lead
from audit.classifier.model import Task
from audit.synthesis.engine import Job


def choose(logits: Tensor, jobs: Sequence[Job], class_index: int, task: Task = "single-label") -> int | None:
    """Position in `jobs` of the class's picture with the largest own lead in `logits` `[n, k]`.

    None where no answer is finite. The network's own opinion decides, and nothing outside it: no photograph
    and no second network. Where labels are independent that is the own logit: a picture that shows the label
    beside its sister ("dog", "animal") is no worse than one that shows it alone.
    """
    places = [i for i, job in enumerate(jobs) if job.class_index == class_index]
    own = logits[places]
    labels = own.new_full((len(places),), class_index).long()
    led = lead(own, labels, task)
    best = int(led.argmax())
    return places[best] if led[best] > float("-inf") else None
