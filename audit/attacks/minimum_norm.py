"""The smallest change that flips: a minimum-norm attack with a radius of its own for each image.

The radius shrinks while the answer is flipped and grows while it holds, as in FMN (Pintor et al. 2021,
arXiv:2102.12827, algorithm 1). Two things differ: steps go along the gradient's sign, as in PGD, and the
first radius is that of a linear network, margin / ‖gradient‖₁, for which it is exact.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from audit.attacks.attack_target import AttackTarget, distance, per_image
from audit.attacks.pgd import cosine, is_smooth, share

LOOSE, TIGHT = 0.1, 0.02
"""By what share the radius changes from step to step, at first and at last."""
MARGIN_OF_SAFETY = 1.02
"""On a linear network's distance, so that rounding errors do not leave it a hair short."""
BISECTIONS = 5


@dataclass(frozen=True)
class MinimumNorm:
    """What was found, per image."""

    distances: Tensor
    """L∞ in [0, 1], `[n]`; infinite where no flip was found."""
    changes: Tensor
    """`[n, c, h, w]`; the flipping change, or the last one tried."""
    zero_gradient: Tensor
    """Whether the gradient at the image itself is zero, `[n]`."""


def minimum_norm(target: AttackTarget, steps: int) -> MinimumNorm:
    """Search with `steps` gradients and one forward pass for each image of `target`."""
    rows = torch.arange(len(target), device=target.images.device)
    images = target.images
    changes = torch.zeros_like(images)
    kept = torch.zeros_like(images)
    best = torch.full((len(target),), torch.inf, device=images.device)
    radius = best.clone()
    zero_gradient = torch.zeros(len(target), dtype=torch.bool, device=images.device)
    for step in range(steps):
        margin, gradient = target.gradient(rows, images + changes, smooth=is_smooth(step, steps))
        slope = gradient.abs().flatten(1).sum(1)
        if step == 0:
            zero_gradient = slope == 0
        reached = distance(changes)
        flipped = margin < 0
        better = flipped & (reached < best)
        best = torch.where(better, reached, best)
        kept = torch.where(per_image(better), changes, kept)
        change = TIGHT + (LOOSE - TIGHT) * cosine(step, steps)
        linear = reached + margin.clamp(min=0) / slope.clamp(min=1e-12) * MARGIN_OF_SAFETY
        grown = radius * (1 + change)
        before_any = torch.where(radius.isinf(), linear, torch.maximum(linear, grown))
        again = torch.minimum(grown, best * (1 - TIGHT / 10))
        radius = torch.where(flipped, torch.minimum(radius, best) * (1 - change), radius)
        radius = torch.where(~flipped, torch.where(best.isfinite(), again, before_any), radius).clamp(max=1.0)
        moved = changes - per_image(radius * share(step, steps)) * gradient.sign()
        moved = moved.clamp(-per_image(radius), per_image(radius))
        changes = (images + moved).clamp(0, 1) - images
    reached = distance(changes)
    better = (target.margin(rows, images + changes) < 0) & (reached < best)
    best = torch.where(better, reached, best)
    return MinimumNorm(best, torch.where(per_image(better | best.isinf()), changes, kept), zero_gradient)


def shortened(target: AttackTarget, rows: Tensor, changes: Tensor) -> Tensor:
    """L∞ distance `[m]` of the nearest flip found by bisection along flipping `changes` `[m, c, h, w]`."""
    images = target.images[rows]
    low, high = torch.zeros(len(rows), device=images.device), torch.ones(len(rows), device=images.device)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        flipped = target.margin(rows, images + per_image(middle) * changes) < 0
        low, high = torch.where(flipped, low, middle), torch.where(flipped, middle, high)
    return high * distance(changes)
