"""Against the rule written out: zeros around the input, then a convolution without padding."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from audit.classifier.fast.same_padding import pad_on_the_fly, pads_itself, proven


class Same(nn.Conv2d):
    """TensorFlow's rule by a copy of the input."""

    def forward(self, input: Tensor) -> Tensor:
        pads = []
        for n, k, s, d in zip(input.shape[2:], self.kernel_size, self.stride, self.dilation, strict=True):
            zeros = max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
            pads = [zeros // 2, zeros - zeros // 2, *pads]
        return super().forward(F.pad(input, pads))


class Mirrored(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, [1, 1, 1, 1], mode="reflect"))


def layer(kind: type[nn.Conv2d], *args: object, **options: object) -> nn.Conv2d:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return kind(*args, **options).requires_grad_(False)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, (5, 3)])
@pytest.mark.parametrize("size", [(12, 12), (11, 14)])
def test_the_same_numbers_and_gradients(kernel, stride: int, size: tuple[int, int]) -> None:
    conv = layer(Same, 4, 4, kernel, stride=stride, groups=2)
    inputs = torch.randn(2, 4, *size, generator=torch.Generator().manual_seed(0))
    wanted, slope = answers(conv, inputs)
    pad_on_the_fly(conv)
    found, own_slope = answers(conv, inputs)
    assert proven(conv)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(own_slope, slope, rtol=1e-4, atol=1e-5)


def test_dilated_kernels_are_left_alone_where_no_plain_one_gives_the_same() -> None:
    inputs = torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    for stride in (1, 2):
        conv = layer(Same, 3, 2, 3, stride=stride, dilation=2)
        wanted = conv(inputs)
        pad_on_the_fly(conv)
        torch.testing.assert_close(conv(inputs), wanted)
        assert proven(conv) == (stride == 1)


def test_another_padding_is_not_taken_for_it() -> None:
    conv = layer(Mirrored, 3, 2, 3)
    inputs = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    wanted = conv(inputs)
    pad_on_the_fly(conv)
    assert torch.equal(conv(inputs), wanted)
    assert not proven(conv)


def test_only_convolutions_with_a_forward_of_their_own_are_looked_at() -> None:
    assert pads_itself(layer(Same, 3, 2, 3))
    assert not pads_itself(layer(nn.Conv2d, 3, 2, 3))
    assert not proven(layer(nn.Conv2d, 3, 2, 3))


def answers(conv: nn.Conv2d, inputs: Tensor) -> tuple[Tensor, Tensor]:
    inputs = inputs.clone().requires_grad_(True)
    outputs = conv(inputs)
    return outputs, torch.autograd.grad(outputs.square().sum(), inputs)[0]
