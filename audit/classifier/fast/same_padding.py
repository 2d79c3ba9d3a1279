"""Convolutions that copy their input into a larger one of zeros first, without that copy.

TensorFlow's rule "SAME" pads so that a stride s turns n pixels into ⌈n / s⌉, with the odd zero at the end.
PyTorch's convolutions pad both ends alike, so networks that come from TensorFlow pad by themselves, in a
class of their own. The same numbers come from zeros before the kernel and as much padding at both ends.
"""

import math
from types import MethodType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from audit.classifier.fast.fused_activation import convolve

Way = tuple[Tensor, tuple[int, int]]
"""Weights and padding with which a plain convolution gives the same."""


def pads_itself(layer: nn.Module) -> bool:
    """Whether this is a convolution with a `forward` of its own, which may be one that pads."""
    return isinstance(layer, nn.Conv2d) and type(layer).forward is not nn.Conv2d.forward


def pad_on_the_fly(layer: nn.Module, layout: torch.memory_format = torch.channels_last) -> None:
    """From now on the layer looks, at the first input of each size, whether "SAME" gives what it gives.

    Its inputs and weights lie in memory as `layout` says.
    """
    layer.audit_layout = layout  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    layer.audit_ways = {}  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    layer.forward = MethodType(_forward, layer)


def proven(layer: nn.Module) -> bool:
    """Whether the layer has run as a "SAME" convolution, and in no other way."""
    ways: dict[tuple[int, int], Way | None] = getattr(layer, "audit_ways", {})
    return bool(ways) and all(way is not None for way in ways.values())


def _forward(layer: nn.Conv2d, inputs: Tensor) -> Tensor:
    ways: dict[tuple[int, int], Way | None] = layer.audit_ways  # pyright: ignore[reportAssignmentType]
    size = inputs.shape[2], inputs.shape[3]
    if size not in ways:
        ways[size] = _way(layer, inputs)
    way = ways[size]
    activation: nn.Module | None = getattr(layer, "audit_activation", None)
    if way is None:
        outputs = type(layer).forward(layer, inputs)
        return outputs if activation is None else type(activation).forward(activation, outputs)
    shape = (layer.stride, way[1], layer.dilation, layer.groups)
    return convolve(inputs, way[0], layer.bias, shape, activation)


@torch.no_grad()
def _way(layer: nn.Conv2d, inputs: Tensor) -> Way | None:
    """How a plain convolution does what the layer does with inputs of this size; None: no such way found."""
    before: list[int] = []
    both: list[int] = []
    for n, k, s, d in zip(inputs.shape[2:], layer.kernel_size, layer.stride, layer.dilation, strict=True):
        zeros = max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
        first, last = zeros // 2, zeros - zeros // 2
        if (last - first) % d:
            return None
        before.append((last - first) // d)
        both.append(last)
    layout: torch.memory_format = layer.audit_layout  # pyright: ignore[reportAssignmentType]
    weight = F.pad(layer.weight, (before[1], 0, before[0], 0)).contiguous(memory_format=layout)
    trial = torch.randn(inputs[:1].shape, generator=torch.Generator().manual_seed(0)).to(inputs)
    trial = trial.contiguous(memory_format=layout)
    wanted = type(layer).forward(layer, trial)
    padding = both[0], both[1]
    found = F.conv2d(trial, weight, layer.bias, layer.stride, padding, layer.dilation, layer.groups)
    if wanted.shape != found.shape:
        return None
    near = torch.allclose(found, wanted, rtol=1e-3, atol=1e-4 * float(wanted.abs().max()))
    return (weight, padding) if near else None
