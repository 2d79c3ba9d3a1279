"""Where a search starts: of many random patterns the one that each class likes most, by forward passes only.

One pass answers for all classes, so this costs the same for two classes and for a thousand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from audit.classifier import Classifier
from audit.classifier.cost import FORWARD
from audit.probes.effect import in_one_pass
from audit.probes.fitting.fitted_family import Array, FittedFamily


@dataclass(frozen=True)
class Start:
    """Parameters to start from, and how far they are from turning photographs into the class."""

    parameters: Array
    """Not a copy: the starts of thousands of classes are few patterns."""
    loss: float
    gain: float
    """How much smaller the loss is than on unchanged photographs."""


def best_starts(
    classifier: Classifier,
    images: Tensor,
    before: Tensor,
    own: Sequence[set[int]],
    rows: Sequence[int],
    family: FittedFamily,
    place: str,
    classes: Sequence[int],
    *,
    count: int,
    strength: float,
    seed: int,
    key: Sequence[int],
    batch: int = 128,
    tick: Callable[[float], None] | None = None,
) -> list[Start]:
    """For each of `classes` the best of `count` random starts on the photographs `rows`.

    `images` `[n, c, h, w]` and their logits `before` `[n, k]`; `strength` as FittedFamily.apply takes it;
    `own` has per photograph the classes that it is left out for.
    """
    drawn = np.stack([family.start(np.random.default_rng((seed, *key, i))) for i in range(count)])
    parameters = torch.from_numpy(drawn).to(classifier.device)
    family.project(parameters)
    corners = torch.from_numpy(family.corners(place, rows, seed)).to(classifier.device)
    pictures = images[list(rows)].to(classifier.device)
    together = max(1, in_one_pass(batch, images) // len(rows))
    losses: list[Tensor] = []
    with torch.no_grad():
        for part in parameters.split(together):
            changed = family.apply(
                part.repeat_interleave(len(rows), 0),
                pictures.repeat(len(part), 1, 1, 1),
                corners.repeat(len(part), 1),
                strength,
            )
            found = class_losses(classifier.logits(changed).cpu())
            losses.append(found.view(len(part), len(rows), -1))
            if tick is not None:
                tick(FORWARD * len(changed))
    counted = torch.tensor(
        [[index not in own[row] for index in classes] for row in rows], dtype=torch.float32
    )

    def means(of_photographs: Tensor) -> Tensor:
        return (of_photographs[..., list(classes)] * counted).sum(-2) / counted.sum(0).clamp(min=1)

    unchanged, changed_to = means(class_losses(before[list(rows)].float().cpu())), means(torch.cat(losses))
    best = changed_to.argmin(0).tolist()
    kept: NDArray[np.float32] = parameters.cpu().numpy()
    return [
        Start(kept[start], float(changed_to[start, i]), float(unchanged[i] - changed_to[start, i]))
        for i, start in enumerate(best)
    ]


def class_losses(logits: Tensor) -> Tensor:
    """Logits `[n, k]` → softplus of the best other logit less the class's own `[n, k]`."""
    highest, answer = logits.topk(2, dim=1)
    own_is_best = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, answer[:, :1], True)
    return softplus(torch.where(own_is_best, highest[:, 1:], highest[:, :1]) - logits)
