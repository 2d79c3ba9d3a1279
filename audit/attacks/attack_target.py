"""What an attack sees: the margin of the own answer on changed images, the gradient, and what it cost.

An answer is lost where its margin is negative (`audit.classifier.margins.decision_margin`): another class
leads, the own label's probability is below 0.5 where labels are many, or the answer is not finite.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.cost import FORWARD
from audit.classifier.generators import generator
from audit.classifier.margins import decision_margin, own_logit
from audit.records.robustness import Norm


class AttackTarget:
    """Images with labels in front of a classifier. `rows` chooses among them and keeps batches small.

    `steps`, `restarts` and `seed` are the configuration's budget for every attack; random numbers come from
    `generator`.
    """

    def __init__(
        self,
        classifier: Classifier,
        images: Tensor,
        labels: Sequence[int],
        tick: Callable[[float], None] = lambda views: None,
        *,
        keys: Sequence[int] = (),
        steps: int = 20,
        restarts: int = 2,
        seed: int = 0,
    ) -> None:
        """`images` `[n, c, h, w]` in [0, 1] on the 8-bit grid; `tick` is told the views of each pass; `keys`
        name the images, so that each has random numbers of its own."""
        self._classifier, self._tick = classifier.folded(), tick
        self.images = images.to(classifier.device)
        self.labels = torch.tensor(list(labels), device=classifier.device)
        self.rows = torch.arange(len(self.labels), device=classifier.device)
        """All images."""
        self.steps, self.restarts, self.seed = steps, restarts, seed
        self.keys = list(keys) or list(range(len(labels)))
        self.spent = [0.0] * len(labels)
        """Views, per image."""
        self._asked, self._steep = set[int](), set[int]()

    def __len__(self) -> int:
        """How many images."""
        return len(self.labels)

    def generator(self, row: int, *key: int) -> torch.Generator:
        """Random numbers of one image, the same whatever else is in the batch."""
        return generator(self.seed, "robustness", self.keys[row], *key)

    @torch.no_grad()
    def margin(self, rows: Tensor, images: Tensor) -> Tensor:
        """Margin `[m]` on `images` `[m, c, h, w]`, changed versions of the images `rows` `[m]`."""
        self._pay(rows, FORWARD)
        return decision_margin(self._classifier.logits(images), self.labels[rows], self._classifier.task)

    def gradient(self, rows: Tensor, images: Tensor, *, smooth: bool = True) -> tuple[Tensor, Tensor]:
        """Margin `[m]` and the gradient `[m, c, h, w]` of the margin, or of the log-odds where `smooth`.

        The log-odds own - log Σ exp(others) rise with the cross-entropy's fall, and so give the same
        directions, but do not saturate: their gradient stays where the probability is 1 in float32.
        """
        self._pay(rows, 1.0)
        labels, task = self.labels[rows], self._classifier.task
        changed = images.detach().requires_grad_(True)
        logits = self._classifier.logits(changed)
        objective = (
            log_odds(logits, labels)
            if smooth and task == "single-label"
            else decision_margin(logits, labels, task)
        )
        (gradient,) = torch.autograd.grad(objective.sum(), changed)
        gradient = gradient.nan_to_num(0.0, 0.0, 0.0)
        self._asked.update(rows.tolist())
        self._steep.update(rows[gradient.flatten(1).any(1)].tolist())
        return decision_margin(logits.detach(), labels, task), gradient

    def zero_gradient(self, row: int) -> bool:
        """Whether gradients of this image were asked for and all of them were zero."""
        return row in self._asked and row not in self._steep

    def _pay(self, rows: Tensor, views: float) -> None:
        for row in rows.tolist():
            self.spent[row] += views
        self._tick(views * len(rows))


def log_odds(logits: Tensor, labels: Tensor) -> Tensor:
    """Log of the own probability over that of all other classes, `[n]`."""
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return own_logit(logits, labels) - others.logsumexp(1)


def distance(changes: Tensor, norm: Norm = "linf") -> Tensor:
    """Size of changes `[n, c, h, w]`, `[n]`: the largest of any value (linf), or Euclidean (l2)."""
    flat = changes.flatten(1)
    return flat.abs().amax(1) if norm == "linf" else flat.norm(dim=1)


def per_image(values: Tensor) -> Tensor:
    """`[n]` → `[n, 1, 1, 1]`."""
    return values[:, None, None, None]


def quantized_in_ball(images: Tensor, changes: Tensor, epsilons: Tensor, norm: Norm = "linf") -> Tensor:
    """The 8-bit images nearest to `images + changes` that stay within `epsilons` `[n]` of `images`.

    All `[n, c, h, w]` in [0, 1]; `epsilons` in units of their norm (`Norm`). `images` lie on the grid, so
    within 0.5/255 there is only the image itself.
    """
    whole = (images * 255).round()
    if norm == "linf":
        radius = per_image(epsilons.floor())
        moved = (changes * 255).round().clamp(-radius, radius)
        return (whole + moved).clamp(0, 255) / 255
    nearest = ((whole + (changes * 255).round()).clamp(0, 255) / 255).to(images.dtype)
    # Towards the image no value grows, so that what lay within the radius stays there.
    inward = (whole + (changes * 255).trunc()).clamp(0, 255) / 255
    fits = distance(nearest - images, norm) <= epsilons
    return torch.where(per_image(fits), nearest, inward)
