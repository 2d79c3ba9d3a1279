"""A folded network against the network itself: answers, gradients, and what must stay as it is."""

from collections.abc import Callable

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from audit.classifier import load
from audit.classifier.fast.folding import folded


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    """Weights and batch-norm statistics as if it had been trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        module = make()
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and layer.running_mean is not None:
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
                if layer.affine:
                    nn.init.uniform_(layer.weight, 0.5, 1.5)
                    nn.init.normal_(layer.bias)
    return module.eval().requires_grad_(False)


def images(side: int = 16, n: int = 4) -> Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(0))


def fold(module: nn.Module, side: int = 16, last: str | None = None) -> nn.Module:
    return folded(module, lambda m: m(images(side)), last)


def gradient(module: nn.Module, side: int = 16) -> Tensor:
    inputs = images(side).requires_grad_(True)
    return torch.autograd.grad(module(inputs)[:, 0].sum(), inputs)[0]


def head(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))


class Standardised(nn.Conv2d):
    """Weights are standardised in each pass: a batch norm must not be multiplied into them."""

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(input, weight / weight.std((1, 2, 3), keepdim=True), self.bias)


class Twice(nn.Module):
    """What the convolution gives is used before the batch norm, too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        return self.head((self.norm(maps).relu() + maps).mean((2, 3)))


class Shared(nn.Module):
    """One convolution with two batch norms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 3, 3), nn.Linear(3, 5)
        self.norms = nn.ModuleList([nn.BatchNorm2d(3), nn.BatchNorm2d(3)])

    def forward(self, x: Tensor) -> Tensor:
        for norm in self.norms:
            x = norm(self.conv(x)).relu()
        return self.head(x.mean((2, 3)))


FOLDING = {
    "convolution": lambda: head(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(inplace=True)),
    "no bias, no affine": lambda: head(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6, affine=False)),
    "relu": lambda: head(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU()),
    "relu6, in place": lambda: head(nn.Conv2d(3, 6, 3, groups=3), nn.ReLU6(inplace=True)),
    "relu6 behind a batch norm": lambda: head(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU6()),
    "linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(768, 6), nn.BatchNorm1d(6), nn.Linear(6, 5)),
}


class Before(nn.Module):
    """What the convolution gives is used before the ReLU, too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.act, self.head = nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        return self.head((self.act(maps) + maps).mean((2, 3)))


STAYING = {
    "used before the ReLU": Before,
    "nothing to fold": lambda: head(nn.Conv2d(3, 6, 3), nn.Tanh()),
    "used twice": Twice,
    "run twice": Shared,
    "standardised weights": lambda: head(Standardised(3, 6, 3), nn.BatchNorm2d(6)),
    "statistics of the batch": lambda: head(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, track_running_stats=False)),
}


@pytest.mark.parametrize("name", FOLDING)
def test_folded_networks_answer_the_same(name: str) -> None:
    module = seeded(FOLDING[name])
    other = fold(module)
    assert other is not module
    torch.testing.assert_close(other(images()), module(images()), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradient(other), gradient(module), rtol=1e-3, atol=1e-6)


def test_the_batch_norm_does_nothing_any_more_and_the_network_is_as_it_was() -> None:
    module = seeded(FOLDING["convolution"])
    before = {name: value.clone() for name, value in module.state_dict().items()}
    other = fold(module)
    values = torch.rand(2, 6, 3, 3)
    assert other[1](values) is values
    assert not torch.equal(other[0].weight, module[0].weight)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not torch.equal(module[1](values), values)


def test_weights_that_do_not_change_are_shared() -> None:
    module = seeded(FOLDING["convolution"])
    assert fold(module)[-1].weight.data_ptr() == module[-1].weight.data_ptr()


@pytest.mark.parametrize("name", STAYING)
def test_what_cannot_be_folded_stays(name: str) -> None:
    module = seeded(STAYING[name])
    assert fold(module) is module


@pytest.mark.parametrize(
    "name", ["resnet18", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1", "densenet121"]
)
def test_networks_of_torchvision(name: str) -> None:
    module = seeded(lambda: getattr(torchvision.models, name)(weights=None, num_classes=7))
    other = fold(module, 64)
    assert other is not module
    assert float((other(images(64)) - module(images(64))).abs().max()) < 1e-3 * float(
        module(images(64)).std()
    )
    a, b = gradient(other, 64), gradient(module, 64)
    assert float((a - b).norm() / b.norm()) < 1e-3


def test_what_the_head_gives_is_not_clipped() -> None:
    """SqueezeNet ends in a convolution, a ReLU and a mean: dead logits must show what the head gives."""
    network = seeded(
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 3),
            nn.ReLU(),
            nn.Conv2d(6, 5, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
    )
    other = fold(network, last="2")
    assert other is not network
    seen: list[Tensor] = []
    other[2].register_forward_hook(lambda layer, args, output: seen.append(output.clone()))
    torch.testing.assert_close(other(images()), network(images()), rtol=1e-4, atol=1e-6)
    assert float(seen[0].min()) < 0


def test_where_the_fused_operator_refuses_the_rest_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Tensor:
        raise RuntimeError("not here")

    module = seeded(FOLDING["relu6 behind a batch norm"])
    monkeypatch.setattr(torch.ops.mkldnn, "_convolution_pointwise", refuse)
    other = fold(module)
    assert other is not module
    torch.testing.assert_close(other(images()), module(images()), rtol=1e-4, atol=1e-5)


def test_a_classifier_folds_once_and_its_own_layers_stay() -> None:
    classifier = load(
        seeded(FOLDING["convolution"]), input_size=16, mean=0.5, std=0.5, classes=[f"c{i}" for i in range(5)]
    )
    cheaper = classifier.folded()
    assert cheaper.module is classifier.folded().module is not classifier.module
    torch.testing.assert_close(cheaper.logits(images()), classifier.logits(images()), rtol=1e-4, atol=1e-5)
    for a, b in zip(cheaper.logits_and_last(images()), classifier.logits_and_last(images()), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    normed = classifier.module[1](classifier.features(images(), "0"))
    torch.testing.assert_close(classifier.features(images(), "1"), normed)
