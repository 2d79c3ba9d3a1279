"""What an attack sees: how far the own answer leads on changed images, the gradient, and what it cost.

An answer is lost where its lead is negative (`audit.classifier.margins.lead`): another class leads, the own
label's probability is below 0.5 where labels are many, or the answer is not finite.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.cost import FORWARD
from audit.classifier.margins import lead, own_logit


class AttackTarget:
    """Images with labels in front of a classifier. `rows` chooses among them and keeps batches small."""

    def __init__(
        self,
        classifier: Classifier,
        images: Tensor,
        labels: Sequence[int],
        tick: Callable[[float], None] = lambda views: None,
    ) -> None:
        """`images` `[n, c, h, w]` in [0, 1] on the 8-bit grid; `tick` is told the views of each pass."""
        self._classifier, self._tick = classifier.folded(), tick
        self.images = images.to(classifier.device)
        self.labels = torch.tensor(list(labels), device=classifier.device)
        self.spent = [0.0] * len(labels)
        """Views, per image."""

    def __len__(self) -> int:
        """How many images."""
        return len(self.labels)

    @torch.no_grad()
    def lead(self, rows: Tensor, images: Tensor) -> Tensor:
        """Lead `[m]` on `images` `[m, c, h, w]`, changed versions of the images `rows` `[m]`."""
        self._pay(rows, FORWARD)
        return lead(self._classifier.logits(images), self.labels[rows], self._classifier.task)

    def gradient(self, rows: Tensor, images: Tensor, *, smooth: bool) -> tuple[Tensor, Tensor]:
        """Lead `[m]` and the gradient `[m, c, h, w]` of the lead, or of the log-odds where `smooth`.

        The log-odds own - log Σ exp(others) rise with the cross-entropy's fall, and so give the same
        directions, but do not saturate: their gradient stays where the probability is 1 in float32.
        """
        self._pay(rows, 1.0)
        labels, task = self.labels[rows], self._classifier.task
        changed = images.detach().requires_grad_(True)
        logits = self._classifier.logits(changed)
        aim = log_odds(logits, labels) if smooth and task == "single-label" else lead(logits, labels, task)
        (gradient,) = torch.autograd.grad(aim.sum(), changed)
        return lead(logits.detach(), labels, task), gradient.nan_to_num(0.0, 0.0, 0.0)

    def _pay(self, rows: Tensor, views: float) -> None:
        for row in rows.tolist():
            self.spent[row] += views
        self._tick(views * len(rows))


def log_odds(logits: Tensor, labels: Tensor) -> Tensor:
    """Log of the own probability over that of all other classes, `[n]`."""
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return own_logit(logits, labels) - others.logsumexp(1)


def distance(changes: Tensor) -> Tensor:
    """Largest change of any value (L∞) of changes `[n, c, h, w]`, `[n]`."""
    return changes.abs().flatten(1).amax(1)


def wide(values: Tensor) -> Tensor:
    """`[n]` → `[n, 1, 1, 1]`."""
    return values[:, None, None, None]


def snapped(images: Tensor, changes: Tensor, levels: Tensor) -> Tensor:
    """The 8-bit images nearest to `images + changes` that stay within `levels` `[n]` (in 1/255) of `images`.

    All `[n, c, h, w]` in [0, 1]; `images` lie on the grid, so within 0.5/255 there is only the image itself.
    """
    whole = wide(levels.floor())
    moved = (changes * 255).round().clamp(-whole, whole)
    return ((images * 255).round() + moved).clamp(0, 255) / 255
