"""How sure a network is of its own finished pictures under views harder than those they were drawn with.

A picture drawn with a wrong step convinces under the very views it was optimised for, if at all; a picture of
the class also does further away, turned, noisy and blurred. No photograph, label or second network enters.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.margins import finite_answers
from audit.stages.stage import FORWARD
from audit.synthesis.augmentation import Views, ViewSettings

VIEWS = 8
"""Of each picture; every other one is blurred."""
SETTINGS = ViewSettings(crop=(0.35, 1.0), rotation=30.0, flip=True, noise=0.02)
"""With noise of 0.05 and twice the blur MobileNetV2 was sure of no picture any more, and a rate ten times too
low could not be told from the right one (`benchmarks/tuning.py`)."""
BLUR = 1 / 224
"""Standard deviation of the blur, as a share of the shorter side: 1 px of 224."""
BOUND = 0.1
"""Probabilities below this share of chance count as this: how wrong a wrong answer is says little."""
COST = VIEWS * FORWARD
"""Views that the score of one picture costs."""


@torch.no_grad()
def conviction(
    classifier: Classifier,
    images: Tensor,
    labels: Sequence[int],
    seed: int,
    tick: Callable[[float], None] = lambda views: None,
) -> list[float]:
    """Mean log-probability of the own class of each image `[n, c, h, w]`; the same views for equal labels."""
    # Late: torchvision takes longer to import than torch itself.
    from torchvision.transforms.v2.functional import gaussian_blur

    images = images.to(classifier.device)
    numbers = torch.tensor(list(labels), device=classifier.device)
    generators = [generator(seed, "held-out views", label) for label in labels]
    look = Views(SETTINGS, generators, tuple(images.shape[1:]), classifier.device)
    sigma = BLUR * min(images.shape[2:])
    blurred = gaussian_blur(images, [2 * math.ceil(3 * sigma) + 1] * 2, [sigma] * 2)
    total = torch.zeros(len(images), dtype=torch.float64, device=classifier.device)
    for number in range(VIEWS):
        logits = classifier.logits(look(blurred if number % 2 else images))
        total += _own_log_probability(logits, numbers, classifier.task).double()
        tick(FORWARD * len(images))
    return (total / VIEWS).tolist()


def least(classes: int) -> float:
    """The score of what convinces nobody, and of a picture that could not be drawn."""
    return math.log(BOUND / classes)


def _own_log_probability(logits: Tensor, labels: Tensor, task: str) -> Tensor:
    multi = task == "multi-label"
    values = functional.logsigmoid(logits) if multi else functional.log_softmax(logits, 1)
    own = values.gather(1, labels[:, None])[:, 0]
    # What is no number convinces nobody.
    low = least(logits.shape[1])
    return torch.where(finite_answers(logits), own, low).clamp(min=low)
