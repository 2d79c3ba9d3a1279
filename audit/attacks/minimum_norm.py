"""The smallest change that flips: a minimum-norm attack with a radius of its own for each image.

The radius shrinks while the answer is flipped and grows while it holds, as in FMN (Pintor et al. 2021,
arXiv:2102.12827, algorithm 1). Two things differ: steps go along the gradient's sign, as in PGD, and the
first radius is that of a linear network, lead / ‖gradient‖₁, for which it is exact.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from audit.attacks.attack_target import AttackTarget, distance, wide
from audit.attacks.pgd import cosine, is_smooth, share

LOOSE, TIGHT = 0.1, 0.02
"""By what share the radius changes from step to step, at first and at last."""
MARGIN_OF_SAFETY = 1.02
"""On a linear network's distance, so that rounding errors do not leave it a hair short."""
BISECTIONS = 5


@dataclass(frozen=True)
class Smallest:
    """What was found, per image."""

    distances: Tensor
    """L∞ in [0, 1], `[n]`; infinite where no flip was found."""
    changes: Tensor
    """`[n, c, h, w]`; the flipping change, or the last one tried."""
    flat: Tensor
    """Whether the gradient at the image itself is zero, `[n]`."""


def smallest(target: AttackTarget, steps: int) -> Smallest:
    """Search with `steps` gradients and one forward pass for each image of `target`."""
    rows = torch.arange(len(target), device=target.images.device)
    images = target.images
    changes = torch.zeros_like(images)
    kept = torch.zeros_like(images)
    best = torch.full((len(target),), torch.inf, device=images.device)
    radius = best.clone()
    flat = torch.zeros(len(target), dtype=torch.bool, device=images.device)
    for step in range(steps):
        lead, gradient = target.gradient(rows, images + changes, smooth=is_smooth(step, steps))
        slope = gradient.abs().flatten(1).sum(1)
        if step == 0:
            flat = slope == 0
        reached = distance(changes)
        flipped = lead < 0
        better = flipped & (reached < best)
        best = torch.where(better, reached, best)
        kept = torch.where(wide(better), changes, kept)
        change = TIGHT + (LOOSE - TIGHT) * cosine(step, steps)
        linear = reached + lead.clamp(min=0) / slope.clamp(min=1e-12) * MARGIN_OF_SAFETY
        grown = radius * (1 + change)
        before_any = torch.where(radius.isinf(), linear, torch.maximum(linear, grown))
        again = torch.minimum(grown, best * (1 - TIGHT / 10))
        radius = torch.where(flipped, torch.minimum(radius, best) * (1 - change), radius)
        radius = torch.where(~flipped, torch.where(best.isfinite(), again, before_any), radius).clamp(max=1.0)
        moved = changes - wide(radius * share(step, steps)) * gradient.sign()
        moved = moved.clamp(-wide(radius), wide(radius))
        changes = (images + moved).clamp(0, 1) - images
    reached = distance(changes)
    better = (target.lead(rows, images + changes) < 0) & (reached < best)
    best = torch.where(better, reached, best)
    return Smallest(best, torch.where(wide(better | best.isinf()), changes, kept), flat)


def shortened(target: AttackTarget, rows: Tensor, changes: Tensor) -> Tensor:
    """L∞ distance `[m]` of the nearest flip found by bisection along flipping `changes` `[m, c, h, w]`."""
    images = target.images[rows]
    low, high = torch.zeros(len(rows), device=images.device), torch.ones(len(rows), device=images.device)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        flipped = target.lead(rows, images + wide(middle) * changes) < 0
        low, high = torch.where(flipped, low, middle), torch.where(flipped, middle, high)
    return high * distance(changes)
