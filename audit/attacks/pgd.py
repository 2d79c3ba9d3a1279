"""Projected gradient descent within a distance, on 8-bit images.

Madry et al. 2018 (arXiv:1706.06083). The gradient is taken at the rounded image, and what lies between the
grid's values is carried along unrounded: a flip that is seen is a flip of an image that a file can hold, and
no pass is spent on finding out.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.attacks.attack_target import AttackTarget, per_image, quantized_in_ball
from audit.classifier import Classifier

# How an attack's steps shrink, and which of its two objectives it follows.
#
# The first half follows the log-odds, in which all rivals pull and which finds the better basin; the second
# half the margin, which goes for the one rival that is nearest. Both start with steps as long as the
# distance. Measured on an adversarially trained network against either objective alone:
# `benchmarks/robustness.py`.

SHORTEST = 0.02
"""Of the last step, as a share of the distance."""


def is_smooth(step: int, steps: int) -> bool:
    """Whether this step follows the log-odds."""
    return step < steps // 2


def cosine(step: int, steps: int) -> float:
    """From 1 down to 0 within each half."""
    half = steps // 2
    place, length = (step, half) if is_smooth(step, steps) else (step - half, steps - half)
    return 0.5 * (1 + math.cos(math.pi * place / length))


def share(step: int, steps: int) -> float:
    """Length of a step as a share of the distance that is allowed."""
    return cosine(step, steps) + SHORTEST


def descend(
    target: AttackTarget, rows: Tensor, epsilons: Tensor, start: Tensor, steps: int, *, stop: bool = True
) -> tuple[Tensor, Tensor]:
    """Lower the margin of images `rows` `[m]` within `epsilons` `[m]` (in 1/255) from `start` `[m, c, h, w]`.

    Returns where the answer flipped, `[m]`, and the 8-bit images with the lowest margin. With `stop` an image
    leaves the batch at its first flip; without, it goes on to the last step.
    """
    images = target.images[rows]
    radius = epsilons / 255
    changes = _inside(images, start, radius)
    lowest = torch.full((len(rows),), torch.inf, device=images.device)
    chosen = images.clone()
    live = torch.arange(len(rows), device=images.device)

    def keep(margin: Tensor, tried: Tensor) -> None:
        better = margin < lowest[live]
        lowest[live[better]] = margin[better]
        chosen[live[better]] = tried[better]

    for step in range(steps):
        tried = quantized_in_ball(images[live], changes, epsilons[live])
        margin, gradient = target.gradient(rows[live], tried, smooth=is_smooth(step, steps))
        keep(margin, tried)
        if stop:
            held = margin >= 0
            live, changes, gradient = live[held], changes[held], gradient[held]
            if not len(live):
                break
        length = per_image(radius[live] * share(step, steps))
        changes = _inside(images[live], changes - length * gradient.sign(), radius[live])
    if len(live):
        tried = quantized_in_ball(images[live], changes, epsilons[live])
        keep(target.margin(rows[live], tried), tried)
    return lowest < 0, chosen


def random_start(
    shape: torch.Size, epsilons: Tensor, generators: Sequence[torch.Generator], device: torch.device
) -> Tensor:
    """Uniform noise within `epsilons` `[m]` (in 1/255), each image `shape` from its own generator."""
    noise = torch.stack([torch.rand(shape, generator=each) for each in generators])
    return (noise.to(device) * 2 - 1) * per_image(epsilons / 255)


def _inside(images: Tensor, changes: Tensor, radius: Tensor) -> Tensor:
    """The changes cut to the radius and so that images stay in [0, 1]."""
    return (images + changes.clamp(-per_image(radius), per_image(radius))).clamp(0, 1) - images


# The most that a distance allows: what adversarial images look like where they may use all of it.

STEPS = 8


def fixed_epsilon_pgd(
    classifier: Classifier,
    images: Tensor,
    labels: Sequence[int],
    epsilon: float,
    tick: Callable[[float], None] = lambda views: None,
) -> tuple[Tensor, Tensor]:
    """Which of `images` `[n, c, h, w]` flip within `epsilon` (in 1/255), `[n]` and their 8-bit versions.

    Starts at the image itself and goes on after the flip: without random noise and at one distance, what
    image statistics show of the change is the network's doing.
    """
    target = AttackTarget(classifier, images, labels, tick)
    rows = torch.arange(len(target), device=target.images.device)
    epsilons = torch.full((len(target),), epsilon, device=target.images.device)
    flipped, tried = descend(target, rows, epsilons, torch.zeros_like(target.images), STEPS, stop=False)
    return flipped.cpu(), tried.cpu()
