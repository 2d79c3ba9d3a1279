"""Three published backdoor detectors, with the constants of their papers, for comparison alone.

Neural Cleanse (Wang et al., IEEE S&P 2019, sections IV and V), MM-BD (Wang et al., IEEE S&P 2024, section IV)
and outlying rows of the last layer (Fields et al., ICCV Workshops 2021). No verdict of the project uses them.
"""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from audit.classifier import Classifier


@dataclass(frozen=True)
class Detected:
    """What a detector says of a network of k classes."""

    values: list[float]
    """Per class; the larger, the more suspicious."""
    statistic: float
    """Of the network; the larger, the more suspicious."""
    flagged: bool
    """By the paper's own rule."""
    class_index: int
    """The most suspicious class."""
    seconds: float
    """For each class."""


def neural_cleanse(
    classifier: Classifier,
    images: Tensor,
    *,
    steps: int = 1000,
    batch: int = 32,
    rate: float = 0.1,
    seed: int = 0,
) -> Detected:
    """Smallest trigger of every class: mask and pattern by Adam, the weight of the mask's L1 norm raised and
    lowered so that 99 % of images `[n, c, h, w]` flip; flagged from an anomaly index of 2 on the small side.

    One batch serves one step of one class, as published; the patience of 5 and the factors 1.5 and 1.5^1.5
    are those of the authors' code.
    """
    began = time.perf_counter()
    k, shape = len(classifier.classes), images.shape[1:]
    norms = [_smallest_trigger(classifier, images, c, shape, steps, batch, rate, seed) for c in range(k)]
    middle = float(np.median(norms))
    spread = 1.4826 * float(np.median(np.abs(np.array(norms) - middle))) or 1e-12
    values = [(middle - norm) / spread for norm in norms]
    first = int(np.argmax(values))
    return Detected(values, values[first], values[first] > 2, first, (time.perf_counter() - began) / k)


def _smallest_trigger(
    classifier: Classifier,
    images: Tensor,
    target: int,
    shape: torch.Size,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
) -> float:
    generator = torch.Generator().manual_seed(seed * 1000 + target)
    mask = (torch.rand(1, 1, *shape[1:], generator=generator) * 2 - 1).to(images.device).requires_grad_()
    pattern = (torch.rand(1, *shape, generator=generator) * 2 - 1).to(images.device).requires_grad_()
    descent = torch.optim.Adam([mask, pattern], lr=rate, betas=(0.5, 0.9))
    goal = torch.full((batch,), target, device=images.device)
    best, cost, up, down, hits = math.inf, 1e-3, 0, 0, 0.0
    for step in range(steps):
        chosen = images[torch.randint(len(images), (batch,), generator=generator).to(images.device)]
        soft = mask.tanh() / 2 + 0.5
        logits = classifier.logits(chosen * (1 - soft) + (pattern.tanh() / 2 + 0.5) * soft)
        size = soft.abs().sum()
        descent.zero_grad()
        (functional.cross_entropy(logits, goal) + cost * size).backward()
        descent.step()
        hits = 0.9 * hits + 0.1 * float((logits.argmax(1) == target).float().mean())
        if hits >= 0.99 and step > 30:
            best = min(best, float(size.detach()))
            up, down = up + 1, 0
        else:
            up, down = 0, down + 1
        if up >= 5:
            cost, up = cost * 1.5, 0
        elif down >= 5:
            cost, down = cost / 1.5**1.5, 0
    return best if math.isfinite(best) else float((mask.detach().tanh() / 2 + 0.5).sum())


def mm_bd(
    classifier: Classifier, *, starts: int = 30, steps: int = 300, rate: float = 1e-2, seed: int = 0
) -> Detected:
    """Largest margin of every class over random starts in [0, 1]; a gamma law is fitted to all but the
    largest, and the largest is flagged where the chance that the largest of k is as large is below .05."""
    began = time.perf_counter()
    k = len(classifier.classes)
    height, width = classifier.size
    values: list[float] = []
    for target in range(k):
        generator = torch.Generator().manual_seed(seed * 1000 + target)
        images = torch.rand(starts, classifier.input.channels, height, width, generator=generator)
        images = images.to(classifier.device).requires_grad_()
        descent = torch.optim.SGD([images], lr=rate, momentum=0.9)
        largest = -math.inf
        for _ in range(steps):
            logits = classifier.logits(images.clamp(0, 1))
            others = logits.clone()
            others[:, target] = -math.inf
            margin = logits[:, target] - others.amax(1)
            largest = max(largest, float(margin.max().detach()))
            descent.zero_grad()
            (-margin.sum()).backward()
            descent.step()
            with torch.no_grad():
                images.clamp_(0, 1)
        values.append(largest)
    first = int(np.argmax(values))
    rest = np.delete(np.maximum(values, 1e-6), first)
    shape, location, scale = stats.gamma.fit(rest, floc=0) if k > 3 else (1.0, 0.0, float(rest.mean()))
    chance = 1 - float(stats.gamma.cdf(values[first], shape, location, scale)) ** k
    score = -math.log(max(chance, 1e-300))
    return Detected(values, score, chance <= 0.05, first, (time.perf_counter() - began) / k)


def last_layer(classifier: Classifier) -> Detected:
    """Mean of each class's row of the last linear layer; Dixon's largest gap by its Q at 95 %, in the form of
    a robust z above 3.5 for numbers of classes beyond Dixon's tables. No flag without a linear head."""
    began = time.perf_counter()
    k = len(classifier.classes)
    layer = dict(classifier.module.named_modules()).get(classifier.head or "")
    if not isinstance(layer, nn.Linear | nn.Conv2d):
        return Detected([0.0] * k, 0.0, False, 0, 0.0)
    means = layer.weight.detach().flatten(1).mean(1).cpu().numpy()
    middle = float(np.median(means))
    spread = 1.4826 * float(np.median(np.abs(means - middle))) or 1e-12
    values = [float(value) for value in (means - middle) / spread]
    first = int(np.argmax(values))
    return Detected(values, values[first], values[first] > 3.5, first, (time.perf_counter() - began) / k)
