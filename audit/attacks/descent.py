"""Projected gradient descent within a distance, on 8-bit images.

Madry et al. 2018 (arXiv:1706.06083). The gradient is taken at the rounded image, and what lies between the
grid's values is carried along unrounded: a flip that is seen is a flip of an image that a file can hold, and
no pass is spent on finding out.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.attacks.schedule import is_smooth, share
from audit.attacks.victim import Victim, snapped, wide


def descend(
    victim: Victim, rows: Tensor, levels: Tensor, start: Tensor, steps: int, *, stop: bool = True
) -> tuple[Tensor, Tensor]:
    """Lower the lead of the images `rows` `[m]` within `levels` `[m]` (in 1/255) from `start` `[m, c, h, w]`.

    Returns where the answer flipped, `[m]`, and the 8-bit images with the lowest lead. With `stop` an image
    leaves the batch at its first flip; without, it goes on to the last step.
    """
    images = victim.images[rows]
    radius = levels / 255
    changes = _inside(images, start, radius)
    lowest = torch.full((len(rows),), torch.inf, device=images.device)
    chosen = images.clone()
    live = torch.arange(len(rows), device=images.device)

    def keep(lead: Tensor, tried: Tensor) -> None:
        better = lead < lowest[live]
        lowest[live[better]] = lead[better]
        chosen[live[better]] = tried[better]

    for step in range(steps):
        tried = snapped(images[live], changes, levels[live])
        lead, gradient = victim.gradient(rows[live], tried, smooth=is_smooth(step, steps))
        keep(lead, tried)
        if stop:
            held = lead >= 0
            live, changes, gradient = live[held], changes[held], gradient[held]
            if not len(live):
                break
        length = wide(radius[live] * share(step, steps))
        changes = _inside(images[live], changes - length * gradient.sign(), radius[live])
    if len(live):
        tried = snapped(images[live], changes, levels[live])
        keep(victim.lead(rows[live], tried), tried)
    return lowest < 0, chosen


def random_start(
    shape: torch.Size, levels: Tensor, generators: Sequence[torch.Generator], device: torch.device
) -> Tensor:
    """Uniform noise within `levels` `[m]` (in 1/255), each image `shape` from its own generator."""
    noise = torch.stack([torch.rand(shape, generator=each) for each in generators])
    return (noise.to(device) * 2 - 1) * wide(levels / 255)


def _inside(images: Tensor, changes: Tensor, radius: Tensor) -> Tensor:
    """The changes cut to the radius and so that images stay in [0, 1]."""
    return (images + changes.clamp(-wide(radius), wide(radius))).clamp(0, 1) - images
