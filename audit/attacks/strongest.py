"""The most that a distance allows: what adversarial images look like where they may use all of it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.attacks.descent import descend
from audit.attacks.victim import Victim
from audit.classifier import Classifier

STEPS = 8


def strongest(
    classifier: Classifier,
    images: Tensor,
    labels: Sequence[int],
    level: float,
    tick: Callable[[float], None] = lambda views: None,
) -> tuple[Tensor, Tensor]:
    """Which of `images` `[n, c, h, w]` flip within `level` (in 1/255), `[n]` and their 8-bit versions.

    Starts at the image itself and goes on after the flip: without random noise and at one distance, what
    image statistics show of the change is the network's doing.
    """
    victim = Victim(classifier, images, labels, tick)
    rows = torch.arange(len(victim), device=victim.images.device)
    levels = torch.full((len(victim),), level, device=victim.images.device)
    flipped, tried = descend(victim, rows, levels, torch.zeros_like(victim.images), STEPS, stop=False)
    return flipped.cpu(), tried.cpu()
