"""A convolution and the ReLU behind it in one pass on the CPU: activations are written once and not twice.

oneDNN clips what a convolution gives before it is stored; PyTorch reaches that by an operator that its own
compiler uses (`torch.ops.mkldnn._convolution_pointwise`) and that has no gradient, which is written out here.
Where the operator is missing, nothing is fused; where it refuses an input, both are done one after the other.
"""

from collections.abc import Sequence
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

KINDS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}
"""Activation → its name and numbers in oneDNN."""
Shape = tuple[Sequence[int], Sequence[int], Sequence[int], int]
"""Stride, padding, dilation and groups of a convolution."""


def fusable(layer: nn.Module, activation: nn.Module) -> bool:
    """Whether this is a plain convolution in float32 on the CPU, and an activation that is known."""
    return (
        isinstance(layer, nn.Conv2d)
        and type(activation) in KINDS
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
    )


def convolve(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, shape: Shape, activation: nn.Module | None
) -> Tensor:
    """The convolution of `inputs` `[n, c, h, w]`, and the activation of what it gives."""
    stride, padding, dilation, groups = shape
    if activation is None:
        return torch.nn.functional.conv2d(inputs, weight, bias, stride, padding, dilation, groups)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return _Fused.apply(inputs, weight, bias, shape, *KINDS[type(activation)])  # pyright: ignore[reportReturnType]


def fuse(layer: nn.Conv2d, activation: nn.Module) -> None:
    """The layer does the activation's part too, and the activation nothing."""
    layer.audit_activation = activation  # pyright: ignore[reportAttributeAccessIssue]
    if not hasattr(layer, "audit_ways"):
        layer.forward = MethodType(_forward, layer)
    activation.forward = MethodType(as_it_is, activation)


def as_it_is(_: nn.Module, values: Tensor) -> Tensor:
    """What a module does whose part another one has taken."""
    return values


def _forward(layer: nn.Conv2d, inputs: Tensor) -> Tensor:
    shape: Any = (layer.stride, layer.padding, layer.dilation, layer.groups)
    return convolve(inputs, layer.weight, layer.bias, shape, layer.audit_activation)  # pyright: ignore[reportArgumentType]


class _Fused(torch.autograd.Function):
    """Gradient with respect to the input only: weights are frozen."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None, shape: Shape, kind: str, numbers: Any
    ) -> Tensor:
        stride, padding, dilation, groups = shape
        try:
            outputs = torch.ops.mkldnn._convolution_pointwise(
                inputs, weight, bias, list(padding), list(stride), list(dilation), groups, kind, numbers, ""
            )
        except RuntimeError:  # it was proved at one size, and may refuse another
            outputs = torch.conv2d(inputs, weight, bias, stride, padding, dilation, groups)
            outputs = outputs.relu_() if kind == "relu" else outputs.clamp_(*numbers)
        ctx.save_for_backward(inputs, weight, outputs)
        ctx.shape, ctx.kind, ctx.numbers = shape, kind, numbers
        return outputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        inputs, weight, outputs = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.shape
        # Both are flat where the output is clipped, so that it says where they are.
        if ctx.kind == "relu":
            gradient = torch.ops.aten.threshold_backward(gradient, outputs, 0.0)
        else:
            gradient = torch.ops.aten.hardtanh_backward(gradient, outputs, *ctx.numbers)
        wanted = [True, False, False]
        towards, _, _ = torch.ops.aten.convolution_backward(
            gradient, inputs, weight, [len(weight)], stride, padding, dilation, False, [0, 0], groups, wanted
        )
        return towards, None, None, None, None, None
