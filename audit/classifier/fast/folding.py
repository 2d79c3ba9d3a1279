"""The frozen network as a cheaper one that answers the same, for what asks thousands of times.

Since weights never change, passes over activations can be saved. A batch norm is a scale and a shift, which
the layer before it can do (Jacob et al. 2018, arXiv:1712.05877, equation 14). A convolution that copies its
input between zeros first, as TensorFlow's "SAME" rule asks (`audit.classifier.fast.same_padding`), can pad
itself. On the CPU the ReLU behind a convolution is done by it too (`audit.classifier.fast.fused_activation`).
`benchmarks/folding.py` measures what this saves.
"""

from collections.abc import Callable
from types import MethodType
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_weights

from audit.classifier.activations import layer_named
from audit.classifier.fast.fused_activation import KINDS, as_it_is, fusable, fuse
from audit.classifier.fast.same_padding import pad_on_the_fly, pads_itself, proven
from audit.classifier.module_copies import copied

NEAR = 1e-3
"""Largest difference of a logit, in standard deviations of all logits, that rounding may make."""
Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.SyncBatchNorm


@torch.no_grad()
def folded(
    module: nn.Module,
    logits: Callable[[nn.Module], Tensor],
    head: str | None = None,
    layout: torch.memory_format = torch.channels_last,
) -> nn.Module:
    """A copy that shares all weights but those that change; `module` itself where nothing can be folded.

    `logits` runs a module of this kind on images that tell its answers apart, `[n, k]`. A copy that answers
    otherwise than the module is thrown away. What the layer `head` gives stays as it is. New weights are laid
    out in memory as `layout` says.
    """
    before = logits(module)
    for fusing in (True, False):
        weights = [*module.parameters(), *module.buffers()]
        other = copied(module, weights)
        changed = _fold_all(other, logits, layout)
        changed = (fusing and _fuse_all(other, logits, head)) or changed
        if changed and bool((before - logits(other)).abs().max() <= NEAR * before.std()):
            return other
    return module


def _fold_all(module: nn.Module, logits: Callable[[nn.Module], Tensor], layout: torch.memory_format) -> bool:
    """Batch norms and copies for padding, in place; whether there were any."""
    padding = [layer for layer in module.modules() if pads_itself(layer)]
    for layer in padding:
        pad_on_the_fly(layer, layout)
    pairs = [pair for pair in _pairs(module, logits, _is_frozen) if _is_applied(pair[0])]
    found = bool(pairs) or any(proven(layer) for layer in padding)
    for layer, norm in pairs:
        _fold(layer, cast(Norm, norm), layout)
    for layer in padding:
        pad_on_the_fly(layer, layout)  # anew: what was proven holds a layer's old weights
    return found


def _fuse_all(module: nn.Module, logits: Callable[[nn.Module], Tensor], head: str | None) -> bool:
    """Whether any activation became part of the convolution before it."""
    last = None if head is None else layer_named(module, head)
    pairs = [
        (layer, activation)
        for layer, activation in _pairs(module, logits, lambda layer: type(layer) in KINDS)
        if layer is not last and _is_applied(layer) and fusable(layer, activation)
    ]
    for layer, activation in pairs:
        fuse(cast(nn.Conv2d, layer), activation)
    return bool(pairs)


def _pairs(
    module: nn.Module, run: Callable[[nn.Module], Tensor], follows: Callable[[nn.Module], bool]
) -> list[tuple[nn.Module, nn.Module]]:
    """Layers and what `follows` and takes just what these give; both ran once in `run`."""
    given: list[tuple[nn.Module, Tensor]] = []
    taken: list[tuple[nn.Module, Tensor]] = []

    def note_output(layer: nn.Module, _: object, output: Tensor) -> None:
        given.append((layer, output))

    def note_input(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        taken.append((layer, inputs[0]))

    handles = [
        *(m.register_forward_hook(note_output) for m in module.modules() if _is_linear(m)),
        *(m.register_forward_pre_hook(note_input) for m in module.modules() if follows(m)),
    ]
    try:
        run(module)
    finally:
        for handle in handles:
            handle.remove()
    runs = [id(layer) for layer, _ in [*given, *taken]]
    return [
        (layer, next_)
        for layer, output in given
        for next_, value in taken
        if value is output and runs.count(id(layer)) == runs.count(id(next_)) == 1
    ]


def _is_linear(layer: nn.Module) -> bool:
    """Whether a layer has weights of its own that are applied to its input."""
    return isinstance(layer, nn.Conv2d | nn.Linear) and "weight" in layer._parameters  # pyright: ignore[reportPrivateUsage]


def _is_applied(layer: nn.Module) -> bool:
    """Whether the layer does with its weights just what its kind does (others standardise them first)."""
    return type(layer).forward in (nn.Conv2d.forward, nn.Linear.forward) or proven(layer)


def _is_frozen(layer: nn.Module) -> bool:
    norm = type(layer) in Norm.__args__ and not layer.training
    return norm and getattr(layer, "running_mean", None) is not None


def _fold(layer: nn.Module, norm: Norm, layout: torch.memory_format) -> None:
    """The layer does the batch norm's part too, and the batch norm nothing."""
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    weight, bias = fuse_conv_bn_weights(
        layer.weight, layer.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    weight = weight.contiguous(memory_format=layout if weight.ndim == 4 else torch.contiguous_format)
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias.data, requires_grad=False)
    # The module stays where it is, with its name and what others may read of it.
    norm.forward = MethodType(as_it_is, norm)
