"""One operator gives what convolution and activation give, and its gradient; a refusal changes nothing."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.classifier.fast.fused_activation import convolve

STRIDE, PADDING, DILATION, GROUPS = (2, 1), (1, 2), (1, 1), 2


def values() -> tuple[Tensor, Tensor, Tensor]:
    """Input, weight and bias, whose convolution lies on both sides of every bend."""
    torch.manual_seed(3)
    return (torch.randn(2, 4, 9, 7) * 4).requires_grad_(True), torch.randn(6, 2, 3, 3), torch.randn(6)


def gradient(outputs: Tensor, inputs: Tensor) -> Tensor:
    return torch.autograd.grad((outputs * torch.arange(6.0)[:, None, None]).sum(), inputs)[0]


def refuse(*_: object) -> None:
    raise RuntimeError("not for this size")


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6()])
@pytest.mark.parametrize("refused", [False, True])
def test_it_gives_what_both_give(activation, refused, monkeypatch):
    if refused:
        monkeypatch.setattr(torch.ops.mkldnn, "_convolution_pointwise", refuse)
    inputs, weight, bias = values()
    found = convolve(inputs, weight, bias, (STRIDE, PADDING, DILATION, GROUPS), activation)
    apart = activation(functional.conv2d(inputs, weight, bias, STRIDE, PADDING, DILATION, GROUPS))
    assert apart.max() > 1
    torch.testing.assert_close(found, apart)
    torch.testing.assert_close(gradient(found, inputs), gradient(apart, inputs))
