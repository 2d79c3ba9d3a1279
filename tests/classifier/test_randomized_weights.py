import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.randomized_weights import shuffled

FLAGS = {"input_size": 16, "mean": 0.5, "std": 0.5, "classes": [f"c{i}" for i in range(5)]}


def net(norm: bool = True) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        layers = [nn.Conv2d(3, 6, 3), *([nn.BatchNorm2d(6)] if norm else []), nn.ReLU()]
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)).eval()


def images(n: int = 8) -> torch.Tensor:
    return torch.rand(n, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_each_tensor_keeps_its_values_in_another_order_and_the_network_stays() -> None:
    module = net()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    classifier = load(module, **FLAGS)
    control = shuffled(classifier, images(), 0)
    assert all(torch.equal(value, before[name]) for name, value in classifier.module.state_dict().items())
    moved = 0
    for (_, given), (_, mixed) in zip(
        classifier.module.named_parameters(), control.module.named_parameters(), strict=True
    ):
        assert torch.equal(given.flatten().sort().values, mixed.flatten().sort().values)
        moved += not torch.equal(given, mixed)
    assert moved >= 3
    assert not torch.allclose(control.logits(images()), classifier.logits(images()))


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    classifier = load(net(), **FLAGS)
    one, again, other = (shuffled(classifier, images(), seed).logits(images()) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)


def test_features_are_those_of_the_control() -> None:
    control = shuffled(load(net(), **FLAGS), images(), 0)
    logits, features = control.logits_and_features(images())
    head = control.module[-1]
    assert torch.allclose(head(features), logits, atol=1e-5)


def test_batch_norm_that_saw_data_sees_the_noise_and_one_that_never_did_stays() -> None:
    fresh = net()
    control = shuffled(load(fresh, **FLAGS), images(), 0)
    assert torch.equal(control.module[1].running_mean, torch.zeros(6))
    seen = net()
    seen[1].running_mean += 0.1
    control = shuffled(load(seen, **FLAGS), images(), 0)
    maps = control.module[0](images() * 2 - 1)
    assert torch.allclose(control.module[1].running_mean, maps.mean((0, 2, 3)), atol=1e-4)
    assert not control.module[1].training


@pytest.mark.parametrize("norm", [True, False])
def test_never_trained_weights_give_a_network_of_the_same_kind(norm: bool) -> None:
    """Spread of the logits over images: the control's lies among those of other random networks."""
    spreads = []
    for seed in range(12):
        classifier = load(net(norm), **FLAGS)
        spreads.append(float(shuffled(classifier, images(), seed).logits(images()).std(0).mean()))
    own = float(load(net(norm), **FLAGS).logits(images()).std(0).mean())
    assert min(spreads) / 2 < own < max(spreads) * 2
