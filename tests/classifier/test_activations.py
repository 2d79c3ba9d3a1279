import pytest
import torch
from torch import Tensor, nn

from audit.classifier.activations import capture, find_head, layer_named, pooled
from audit.errors import ModelError


class Misleading(nn.Module):
    """Names and order of definition say nothing about which layer runs last."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.stem = nn.Linear(8, 5)
        self.unused = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.stem(self.fc(x))


def test_head_is_what_ran_last_and_no_hook_stays() -> None:
    net = Misleading()
    assert find_head(net, lambda: net(torch.ones(1, 4)), 5) == "stem"
    assert not any(m._forward_hooks for m in net.modules())


def test_convolution_as_head_and_none() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 7, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    images = torch.ones(2, 3, 4, 4)
    assert find_head(net, lambda: net(images), 7) == "2"
    assert find_head(nn.Sequential(nn.Flatten()), lambda: None, 7) is None


def test_a_linear_with_other_width_only_where_none_has_the_right_one() -> None:
    squeeze = nn.Sequential(nn.Linear(4, 9), nn.ReLU())
    assert find_head(squeeze, lambda: squeeze(torch.ones(1, 4)), 5) == "0"


def test_hooks_go_when_the_network_raises() -> None:
    net = Misleading()
    with pytest.raises(RuntimeError):
        find_head(net, lambda: net(torch.ones(1, 3)), 5)
    with pytest.raises(RuntimeError), capture(net.fc, side="output"):
        net(torch.ones(1, 3))
    assert not any(m._forward_hooks for m in net.modules())


def test_outputs_are_kept_as_they_were_before_an_in_place_activation() -> None:
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU(inplace=True))
    with torch.no_grad():
        net[0].weight.fill_(-1.0)
        with capture(net[0], side="output") as seen:
            net(torch.ones(1, 1))
    assert seen[0].item() == -1.0


def test_pooled() -> None:
    maps = torch.arange(24.0).view(1, 2, 3, 4)
    torch.testing.assert_close(pooled(maps, nn.Conv2d(2, 1, 1)), torch.tensor([[5.5, 17.5]]))
    tokens = torch.arange(6.0).view(1, 3, 2)
    torch.testing.assert_close(pooled(tokens, nn.Linear(2, 1)), torch.tensor([[2.0, 3.0]]))


def test_unknown_layer_suggests_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"no layer 'stm'\. Fix: did you mean stem"):
        layer_named(Misleading(), "stm")
