"""What can be known of a photograph is known: the oracles are layers whose inverse is written down."""

from itertools import pairwise

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio
from torch import Tensor, nn

from audit.classifier import Classifier, load
from audit.classifier.layers import LayerInfo, activations, layer_info, layers
from audit.errors import ModelError
from audit.image_stats import NaturalPrior, bundled
from audit.inversion.feature_inversion import depths, invert, relative_error

SIDE = 16


def network(first: nn.Conv2d, *, channels: int = 3, classes: int = 6) -> Classifier:
    """A layer that is known, and a little after it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        rest = [nn.ReLU(), nn.Conv2d(first.out_channels, 8, 3, stride=2), nn.ReLU(), nn.Flatten()]
        last = nn.Linear(8 * ((SIDE - 3) // 2 + 1) ** 2, classes)
    return load(
        nn.Sequential(first, *rest, last),
        input_size=SIDE,
        mean=(0.5,) * channels,
        std=(0.25,) * channels,
        classes=[f"thing {i}" for i in range(classes)],
    )


def mixing(weight: Tensor) -> nn.Conv2d:
    """A convolution of one pixel that multiplies the channels by a matrix `[out, in]`."""
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=False)
    layer.weight.data = weight[:, :, None, None].clone()
    return layer


def orthogonal(channels: int) -> nn.Conv2d:
    numbers = torch.Generator().manual_seed(1)
    return mixing(torch.linalg.qr(torch.randn(channels, channels, generator=numbers))[0])


def photograph(channels: int = 3, hue: float = 1.0) -> Tensor:
    """Smooth, inside [.1, .9]; with `hue` 0 all channels are equal."""
    y, x = torch.meshgrid(torch.linspace(0, 3, SIDE), torch.linspace(0, 4, SIDE), indexing="ij")
    waves = [0.5 + 0.4 * torch.sin(x * (1 + 0.3 * hue * c) + y + hue * c) for c in range(channels)]
    return (torch.stack(waves)[None] * 255).round() / 255


@pytest.fixture(scope="module")
def prior() -> NaturalPrior:
    baseline = bundled(224, 224)
    assert baseline
    return baseline.prior


def apart(a: Tensor, b: Tensor) -> float:
    return float(peak_signal_noise_ratio(a.double().numpy(), b.double().numpy(), data_range=1.0))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_layer_that_loses_nothing_gives_the_photograph_back(channels: int, prior: NaturalPrior) -> None:
    classifier, photo = network(orthogonal(channels), channels=channels), photograph(channels, hue=0.1)
    made = invert(classifier, photo, layer_info(classifier, "0"), prior, steps=1000)
    assert made.shape == photo.shape
    assert float((made - photo).abs().max()) < 1.5 / 255


def test_where_colour_is_thrown_away_only_luma_comes_back(prior: NaturalPrior) -> None:
    luma = torch.tensor([[0.299, 0.587, 0.114]])
    classifier, photo = network(mixing(luma)), photograph()
    made = invert(classifier, photo, layer_info(classifier, "0"), prior, steps=1000)
    grey = torch.einsum("oc,nchw->nohw", luma, torch.cat([made, photo]))
    assert apart(grey[:1], grey[1:]) > 40
    assert apart(made, photo) < 25


def test_the_error_falls_with_steps(prior: NaturalPrior) -> None:
    classifier, photo = network(orthogonal(3)), photograph()
    layer = layer_info(classifier, "0")
    target = activations(classifier, photo, layer)
    errors = [
        float(
            relative_error(
                activations(classifier, invert(classifier, photo, layer, prior, steps=n), layer), target
            )
        )
        for n in (1, 20, 200)
    ]
    assert errors[0] > errors[1] > 5 * errors[2]


def test_relative_error_is_that_of_the_paper() -> None:
    target = torch.tensor([[3.0, 4.0]])
    assert relative_error(torch.tensor([[3.0, 4.0], [0.0, 0.0], [3.0, 9.0]]), target).tolist() == [0, 1, 1]


def test_restarts_do_not_depend_on_each_other(prior: NaturalPrior) -> None:
    classifier, photo = network(orthogonal(3)), photograph()
    layer = layer_info(classifier, "5")
    told: list[float] = []
    three = invert(classifier, photo, layer, prior, steps=5, restarts=3, seed=4, tick=told.append)
    again = invert(classifier, photo, layer, prior, steps=5, restarts=3, seed=4)
    alone = invert(classifier, photo, layer, prior, steps=5, seed=4)
    assert torch.equal(three, again)
    assert float((three[:1] - alone).abs().max()) <= 1 / 255
    assert float((three[0] - three[1]).abs().mean()) > 1 / 255
    assert not torch.equal(invert(classifier, photo, layer, prior, steps=5, seed=5), alone)
    assert told == [3] * 5


def test_only_activations_of_the_photograph_are_used(prior: NaturalPrior) -> None:
    """Two photographs that a layer cannot tell apart give the same picture."""
    classifier, photo = network(mixing(torch.tensor([[0.0, 1.0, 0.0]]))), photograph()
    other = photo.clone()
    other[:, 0] = 1 - other[:, 0]
    layer = layer_info(classifier, "0")
    assert torch.equal(*(invert(classifier, p, layer, prior, steps=10) for p in (photo, other)))


def test_a_layer_whose_images_are_mixed_up_is_refused(prior: NaturalPrior) -> None:
    classifier = network(orthogonal(3))
    mixed = LayerInfo("0", "Fold", (3, SIDE), "other", 0, 0, 1, 1)
    with pytest.raises(ModelError, match="which part is whose"):
        invert(classifier, photograph(), mixed, prior, steps=1)


def info(name: str, parameters: int = 0) -> LayerInfo:
    return LayerInfo(name, "Layer", (4,), "vector", 0, parameters, name.count(".") + 1, 1)


def test_depths_are_blocks_where_there_are_enough() -> None:
    found = [info("stem", 1)]
    for block in range(20):
        found += [info(f"body.{block}.conv", 1), info(f"body.{block}.act"), info(f"body.{block}", 1)]
    found += [info("body", 20), info("head", 1)]
    names = [layer.name for layer in depths(found)]
    assert (len(names), names[0], names[-1]) == (8, "stem", "head")
    places = [int(name.split(".")[1]) for name in names[1:-1]]
    assert [name.split(".")[0] for name in names[1:-1]] == ["body"] * 6
    assert all(2 <= b - a <= 4 for a, b in pairwise(places))


def test_depths_of_a_shallow_network_are_all_its_layers() -> None:
    assert [layer.name for layer in depths(layers(network(orthogonal(3))))] == ["0", "2", "5"]
    assert depths([info("act")]) == []
