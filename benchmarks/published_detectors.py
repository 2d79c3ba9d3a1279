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

TOGETHER = 16
"""Classes of a network in one batch: small networks keep a GPU busy only so."""


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
    are those of the authors' code. Classes go side by side, each with its own batches, weight and patience.
    """
    began = time.perf_counter()
    k = len(classifier.classes)
    parts = torch.arange(k).split(TOGETHER)
    norms = torch.cat([_smallest_triggers(classifier, images, c, steps, batch, rate, seed) for c in parts])
    sizes = norms.tolist()
    middle = float(np.median(sizes))
    spread = 1.4826 * float(np.median(np.abs(np.array(sizes) - middle))) or 1e-12
    values = [(middle - size) / spread for size in sizes]
    first = int(np.argmax(values))
    return Detected(values, values[first], values[first] > 2, first, (time.perf_counter() - began) / k)


def _smallest_triggers(
    classifier: Classifier, images: Tensor, targets: Tensor, steps: int, batch: int, rate: float, seed: int
) -> Tensor:
    """Norm of the mask of each target `[t]`; nothing waits for the device before the last step.

    Adam and the sum of the classes' losses keep them apart: none has a part in the gradient of another.
    """
    many, (channels, height, width), device = len(targets), images.shape[1:], images.device
    drawn = [torch.Generator().manual_seed(seed * 1000 + int(target)) for target in targets]

    def starts(depth: int) -> Tensor:
        made = torch.cat([torch.rand(1, depth, height, width, generator=one) for one in drawn])
        return (made * 2 - 1).to(device).requires_grad_()

    mask, pattern = starts(1), starts(channels)
    chosen = torch.stack(
        [torch.randint(len(images), (steps, batch), generator=one) for one in drawn], dim=1
    ).to(device)
    descent = torch.optim.Adam([mask, pattern], lr=rate, betas=(0.5, 0.9))
    goals = targets.to(device).repeat_interleave(batch)
    best = torch.full((many,), math.inf, device=device)
    cost, hits = (torch.full((many,), start, dtype=torch.float64, device=device) for start in (1e-3, 0.0))
    up, down = (torch.zeros(many, dtype=torch.int64, device=device) for _ in range(2))
    for step in range(steps):
        shown = images[chosen[step]]
        soft = (mask.tanh() / 2 + 0.5)[:, None]
        mixed = shown * (1 - soft) + (pattern.tanh() / 2 + 0.5)[:, None] * soft
        logits = classifier.logits(mixed.flatten(0, 1))
        size = soft.abs().flatten(1).sum(1)
        losses = functional.cross_entropy(logits, goals, reduction="none").view(many, batch).mean(1)
        descent.zero_grad()
        (losses + cost.float() * size).sum().backward()
        descent.step()
        with torch.no_grad():
            hits = 0.9 * hits + 0.1 * (logits.argmax(1) == goals).view(many, batch).double().mean(1)
            enough = (hits >= 0.99) & (step > 30)
            best = torch.where(enough, torch.minimum(best, size), best)
            up, down = torch.where(enough, up + 1, 0), torch.where(enough, 0, down + 1)
            cost = torch.where(up >= 5, cost * 1.5, torch.where(down >= 5, cost / 1.5**1.5, cost))
            up, down = torch.where(up >= 5, 0, up), torch.where(down >= 5, 0, down)
    last = (mask.detach().tanh() / 2 + 0.5).flatten(1).sum(1)
    return torch.where(best.isfinite(), best, last).cpu()


def mm_bd(
    classifier: Classifier, *, starts: int = 30, steps: int = 300, rate: float = 1e-2, seed: int = 0
) -> Detected:
    """Largest margin of every class over random starts in [0, 1]; a gamma law is fitted to all but the
    largest, and the largest is flagged where the chance that the largest of k is as large is below .05."""
    began = time.perf_counter()
    k = len(classifier.classes)
    parts = torch.arange(k).split(TOGETHER)
    values = torch.cat([_largest_margins(classifier, c, starts, steps, rate, seed) for c in parts]).tolist()
    first = int(np.argmax(values))
    rest = np.delete(np.maximum(values, 1e-6), first)
    shape, location, scale = stats.gamma.fit(rest, floc=0) if k > 3 else (1.0, 0.0, float(rest.mean()))
    chance = 1 - float(stats.gamma.cdf(values[first], shape, location, scale)) ** k
    score = -math.log(max(chance, 1e-300))
    return Detected(values, score, chance <= 0.05, first, (time.perf_counter() - began) / k)


def _largest_margins(
    classifier: Classifier, targets: Tensor, starts: int, steps: int, rate: float, seed: int
) -> Tensor:
    """Of each target `[t]`, over its starts and all steps; the classes side by side."""
    shape = starts, classifier.input.channels, *classifier.size
    drawn = [torch.Generator().manual_seed(seed * 1000 + int(target)) for target in targets]
    images = torch.cat([torch.rand(shape, generator=one) for one in drawn])
    images = images.to(classifier.device).requires_grad_()
    goals = targets.to(classifier.device).repeat_interleave(starts)[:, None]
    largest = torch.full((len(targets),), -math.inf, device=classifier.device)
    descent = torch.optim.SGD([images], lr=rate, momentum=0.9)
    for _ in range(steps):
        logits = classifier.logits(images.clamp(0, 1))
        others = logits.scatter(1, goals, -math.inf)
        margin = logits.gather(1, goals)[:, 0] - others.amax(1)
        descent.zero_grad()
        (-margin.sum()).backward()
        descent.step()
        with torch.no_grad():
            largest = torch.maximum(largest, margin.view(-1, starts).amax(1))
            images.clamp_(0, 1)
    return largest.cpu()


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
