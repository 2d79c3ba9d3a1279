"""A control for whatever is said of a network: the same architecture with its weights shuffled.

Adebayo et al. 2018 ("Sanity checks for saliency maps", section 3): what comes out alike after the weights
were randomised does not depend on what the network has learned.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage]

from audit.classifier.generators import generator
from audit.classifier.model import Classifier


def shuffled(classifier: Classifier, images: Tensor, seed: int) -> Classifier:
    """A classifier whose parameters are permuted within each tensor; the given one stays as it is.

    That keeps the scale of each layer and works for every architecture; weights that were drawn independently
    and never trained give a network of the very same kind. `images` `[n, c, h, w]` in [0, 1] set the
    statistics of batch norms that have seen data; those that never did keep their first values. For drawing
    only: nothing is proved anew, and the identity stays that of the network.
    """
    other = classifier.around(classifier.copied())
    for place, weights in enumerate(other.module.parameters()):
        order = torch.randperm(weights.numel(), generator=generator(seed, "shuffled", place))
        values = weights.detach().flatten()[order.to(weights.device)]
        weights.detach().copy_(values.view_as(weights))
    _refresh(other, images)
    return other


@torch.no_grad()
def _refresh(classifier: Classifier, images: Tensor) -> None:
    """Batch norms that have seen data average over `images`: old statistics do not fit shuffled weights."""
    seen = [
        layer
        for layer in classifier.module.modules()
        if isinstance(layer, _BatchNorm) and layer.running_mean is not None and _trained(layer)
    ]
    if not seen:
        return
    before = [layer.momentum for layer in seen]
    for layer in seen:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
        layer.train()
    classifier.logits(images.to(classifier.device))
    for layer, momentum in zip(seen, before, strict=True):
        layer.momentum = momentum
        layer.eval()


def _trained(layer: nn.Module) -> bool:
    mean = cast(Tensor, layer.running_mean)
    variance = cast(Tensor, layer.running_var)
    return bool((mean != 0).any()) or bool((variance != 1).any())
