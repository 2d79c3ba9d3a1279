import torch
from torch import nn

from audit.classifier import load
from audit.classifier.watched_layers import PENULTIMATE, watch, watched_layers

FLAGS = {"input_size": 16, "mean": 0.5, "std": 0.5, "classes": [f"c{i}" for i in range(5)]}


def block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True))


class Net(nn.Module):
    def __init__(self, blocks: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)  # with some weights all of the last units are inactive
            self.stem = nn.Conv2d(3, 4, 3, padding=1)
            self.body = nn.Sequential(*(block(4, 4) for _ in range(blocks)))
            self.head = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(self.stem(x)).mean((2, 3)))


def images() -> torch.Tensor:
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_blocks_stand_for_what_is_inside_them_and_the_answer_is_left_out() -> None:
    classifier = load(Net(6), **FLAGS)
    names = [layer.name for layer in watched_layers(classifier, 12)]
    assert names == ["stem", *(f"body.{i}" for i in range(6))]


def test_few_are_spread_over_the_depth() -> None:
    classifier = load(Net(11), **FLAGS)
    assert [layer.name for layer in watched_layers(classifier, 3)] == ["stem", "body.4", "body.10"]
    assert [layer.name for layer in watched_layers(classifier, 1)] == ["stem"]


def test_small_networks_are_unfolded_further() -> None:
    classifier = load(Net(2), **FLAGS)
    names = [layer.name for layer in watched_layers(classifier, 12)]
    assert names == ["stem", "body.0.0", "body.0.1", "body.1.0", "body.1.1"]


def test_activations_are_means_over_positions_in_one_pass() -> None:
    network = Net(6)
    classifier = load(network, **FLAGS)
    logits, seen = watch(classifier, images(), watched_layers(classifier, 12))
    maps = network.stem(images() * 2 - 1)
    assert torch.allclose(seen["stem"], maps.mean((2, 3)), atol=1e-6)
    assert torch.allclose(seen["body.5"], network.body(maps).mean((2, 3)), atol=1e-6)
    assert torch.allclose(network.head(seen[PENULTIMATE]), logits, atol=1e-6)
    assert list(seen)[-1] == PENULTIMATE
    assert not any(module._forward_hooks for module in network.modules())
