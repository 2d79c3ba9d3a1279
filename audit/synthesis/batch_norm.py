"""A second prior: pictures whose activations have the mean and variance that batch norms remember.

Yin et al. 2020, "Dreaming to Distill" (DeepInversion), equation 4, with two changes: statistics are those of
each picture over its own positions, never of a batch, so that pictures stay independent; and they are
measured in the layer's own deviations, so that no scale of activations enters.
"""

from contextlib import ExitStack

import torch
from torch import Tensor, nn

from audit.classifier import Classifier
from audit.classifier.features import capture
from audit.synthesis.aims import ClassAim

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm


def batch_norms(module: nn.Module) -> list[BatchNorm]:
    """The layers that remember the statistics of training, in the order of their names."""
    layers = [layer for layer in module.modules() if isinstance(layer, BatchNorm)]
    return [layer for layer in layers if layer.running_mean is not None and layer.running_var is not None]


def distance(inputs: Tensor, layer: BatchNorm) -> Tensor:
    """How far a layer's inputs `[n, c, ...]` are from what it remembers, `[n]`; 0 where they agree.

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


class BatchNormAim(ClassAim):
    """The objective of a class, less the mean distance over all layers, in deviations of the logits."""

    def __init__(self, classifier: Classifier, objective: str, weight: float) -> None:
        """`weight`: standard deviations of a view's logits that a distance of one costs."""
        super().__init__(classifier, objective)
        self._classifier = classifier  # unfolded: it is the batch norms that are looked at
        self._layers, self._weight = batch_norms(classifier.module), weight

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Ask the network about the views, and look at the inputs of its batch norms on the way."""
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
