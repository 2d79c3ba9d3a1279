"""Regularizers beside the objective: gradients as sparse as those of photographs, and batch-norm statistics.

A natural spectrum alone does not make an image natural: an image with random phases has it too. So a second
term penalises the gap in sparsity to the median photograph, at every scale. Its gradient is rescaled: its
norm is at most `weight` times that of the objective's gradient. So the scale of the logits does not matter.
"""

import math
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import torch
from torch import Tensor, nn

from audit.classifier import Classifier
from audit.classifier.activations import capture
from audit.image_stats import NaturalPrior
from audit.image_stats.sparsity import sparsity
from audit.synthesis.objectives import ClassObjective

WINDOW = 0.7
"""Side of the window measured in one step, as a share of the picture's side: about half of the area."""
STRIDES = (0.7549, 0.5698)
"""From step to step the window moves by these shares of the sides, which covers the picture evenly (Roberts
2018, R2 sequence)."""
EVERY = 2
"""Steps between two measurements of a picture; in between its last gradient direction is used again."""
GRID = 16
"""Pixels of the coarsest scale."""
OFFSETS = (0.6180, 0.4142)
"""The window's offset within the grid moves by these shares of it (golden and silver ratio), so that the grid
of the scales leaves no pattern. The strides alone would leave one: .7549 of 64 px is 6 x 8.05 px."""


class Sparse:
    """The penalty for pictures of one size."""

    def __init__(self, prior: NaturalPrior, full: tuple[int, int], luma: Tensor, weight: float) -> None:
        """`full` is the size (height, width) for which the prior stands; `luma` `[c]` weighs channels."""
        self._prior, self._full, self._luma, self._weight = prior, full, luma, weight
        self.last: Tensor | None = None
        """Direction of each slot `[n, h, w]`."""

    def __call__(self, pictures: Tensor, gradient: Tensor, steps: Sequence[int]) -> Tensor:
        """The objective's gradient at pictures `[n, c, h, w]` and the penalty's; `steps` are the pictures'
        own."""
        if not self._weight or not self._prior.sparsity:
            return gradient
        last = self._directions(pictures.detach(), steps)
        # A step of luma is one of every channel, by its weight.
        share = self._weight / self._luma.norm() * gradient.flatten(1).norm(dim=1)
        back = last * share[:, None, None]
        return torch.addcmul(gradient, self._luma[:, None, None], back[:, None], value=-1)

    def keep(self, slots: Sequence[int]) -> None:
        """Only the pictures in these slots go on."""
        if self.last is not None:
            self.last = self.last[list(slots)]

    def _directions(self, pictures: Tensor, steps: Sequence[int]) -> Tensor:
        """Of each picture `[n, h, w]`; measured again every `EVERY` steps and after a change of size."""
        before = self.last
        if before is None or before.shape != (len(pictures), *pictures.shape[2:]):
            self.last = self._look(pictures, steps)
        elif due := [slot for slot, step in enumerate(steps) if step % EVERY == 0]:
            found = self._look(pictures[due], [steps[slot] for slot in due])
            self.last = before.index_copy(0, torch.tensor(due, device=found.device), found)
        assert self.last is not None
        return self.last

    def _look(self, pictures: Tensor, steps: Sequence[int]) -> Tensor:
        """Gradient by luma of the squared gap in sparsity, `[n, h, w]`; its norm is the largest gap, at most
        1."""
        planes = (pictures * self._luma[:, None, None]).sum(1)
        places = [_place(step // EVERY, planes.shape[1:]) for step in steps]
        windows = _cut(planes, places)
        with torch.enable_grad():
            found = sparsity(windows.requires_grad_(True))
            if not found.shape[1]:  # a window below about 9 px has no scale to look at
                return torch.zeros_like(planes)
            gap = (self._wanted(found, min(planes.shape[1:])) - found).clamp(min=0)
            (towards,) = torch.autograd.grad(gap.square().sum(), windows)
        short = gap.detach().flatten(1).amax(1).clamp(max=1)
        share = short / towards.flatten(1).norm(dim=1).clamp(min=1e-20)
        return _put_back(towards.mul_(share[:, None, None]), places, planes)

    def _wanted(self, found: Tensor, side: int) -> Tensor:
        """Sparsity of the median photograph `[levels, 2]` at the scales of `found` `[n, levels, 2]`.

        A smaller picture is like a photograph from further away: its finest scale is coarser.
        """
        shift = math.log2(min(self._full) / side)
        table, levels = np.array(self._prior.sparsity), np.arange(found.shape[1]) + shift
        rows = [np.interp(levels, np.arange(len(table)), column) for column in table.T]
        return torch.from_numpy(np.stack(rows, 1)).to(found)


def _place(step: int, sides: Sequence[int]) -> list[int]:
    """Row and column at which a picture's window begins in one of its steps."""
    return [
        (int(step * stride % 1 * side / GRID) * GRID + int(step * offset % 1 * GRID)) % side
        for stride, offset, side in zip(STRIDES, OFFSETS, sides, strict=True)
    ]


def _cut(planes: Tensor, places: Sequence[list[int]]) -> Tensor:
    """Part of each plane `[h, w]`, from its place on; pictures of a Fourier canvas have no border."""
    height, width = (max(1, round(WINDOW * side)) for side in planes.shape[1:])
    cut = [
        plane.roll((-top, -left), (0, 1))[:height, :width]
        for plane, (top, left) in zip(planes, places, strict=True)
    ]
    return torch.stack(cut)


def _put_back(windows: Tensor, places: Sequence[list[int]], planes: Tensor) -> Tensor:
    """Windows where they were cut from, and zeros around them, `[n, h, w]`."""
    whole = torch.zeros_like(planes)
    whole[:, : windows.shape[1], : windows.shape[2]] = windows
    return torch.stack([p.roll((top, left), (0, 1)) for p, (top, left) in zip(whole, places, strict=True)])


# The DeepInversion regularizer: activations with the mean and variance that batch norms stored in training.
#
# Yin et al. 2020, "Dreaming to Distill" (DeepInversion), equation 4, with two changes: statistics are those
# of each picture over its own positions, never of a batch, so that pictures stay independent; and they are
# measured in the layer's own deviations, so that no scale of activations enters.

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm


def batch_norms(module: nn.Module) -> list[BatchNorm]:
    """The layers that store the statistics of training, in the order of the modules."""
    layers = [layer for layer in module.modules() if isinstance(layer, BatchNorm)]
    return [layer for layer in layers if layer.running_mean is not None and layer.running_var is not None]


def distance(inputs: Tensor, layer: BatchNorm) -> Tensor:
    """Distance of the statistics of a layer's inputs `[n, c, ...]` from the stored ones, `[n]`; 0 where they
    agree.

    Over channels, the mean square of (mean - running mean) and of (deviation - running deviation), both in
    running deviations.
    """
    assert layer.running_mean is not None
    assert layer.running_var is not None
    by_channel = inputs.float().flatten(2)
    scale = (layer.running_var.float() + layer.eps).sqrt()
    mean = (by_channel.mean(2) - layer.running_mean.float()) / scale
    # The root is not differentiable at zero: a constant channel has a deviation of sqrt(eps).
    deviation = (by_channel.var(2, correction=0) + layer.eps).sqrt() / scale - 1
    return mean.square().mean(1) + deviation.square().mean(1)


class BatchNormObjective(ClassObjective):
    """The objective of a class minus the mean `distance` over all layers, in standard deviations of the
    logits."""

    def __init__(self, classifier: Classifier, objective: str, weight: float) -> None:
        """`weight`: standard deviations of a view's logits that a distance of one costs."""
        super().__init__(classifier, objective)
        self._classifier = classifier  # unfolded: it is the batch norms that are looked at
        self._layers, self._weight = batch_norms(classifier.module), weight

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Evaluate the network on the views, and compare the inputs of its batch norms with what these
        stored."""
        with ExitStack() as hooks:
            seen = [hooks.enter_context(capture(layer, side="input")) for layer in self._layers]
            score = super().__call__(views, targets)
        # Features that are pooled already have one position, and no variance.
        found = [
            distance(inputs[-1], layer)
            for inputs, layer in zip(seen, self._layers, strict=True)
            if inputs and inputs[-1][0, 0].numel() > 1
        ]
        return score - self._weight * self.spread() * torch.stack(found).mean(0) if found else score
