import pytest
import torch
from torch import nn

from audit.classifier import Classifier, load
from audit.classifier.layers import activations, layer_info, layers
from audit.errors import ModelError

INPUT = {"input_size": 16, "mean": 0.5, "std": 0.25}


class Twin(nn.Module):
    """Gives a tuple."""

    def forward(self, x):
        return x * 2, None


class Flattened(nn.Module):
    """Positions join the batch."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


class Last(nn.Module):
    """Channels last."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Linear(2, 2)
        self.act = nn.ReLU(inplace=True)
        self.stem = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.Conv2d(5, 6, 2, stride=2))
        self.twin, self.flat, self.last = Twin(), Flattened(), Last()
        self.head = nn.Linear(6, 4)
        self.head_ran = 0

    def forward(self, x):
        x = self.act(self.stem(x))
        self.flat(x)
        x = self.act(self.twin(x)[0] - 1)
        tokens = self.last(x).flatten(1, 2)
        self.head_ran += 1
        return self.head(tokens.mean(1))


@pytest.fixture
def classifier() -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return load(Net(), **INPUT)  # pyright: ignore[reportArgumentType]


IMAGES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_layers_in_the_order_in_which_they_finish(classifier: Classifier) -> None:
    found = layers(classifier)
    rows = {layer.name: (layer.type, layer.shape, layer.kind, layer.parameters) for layer in found}
    assert list(rows.items()) == [
        ("stem.0", ("Conv2d", (5, 16, 16), "map", 140)),
        ("stem.1", ("Conv2d", (6, 8, 8), "map", 126)),
        ("stem", ("Sequential", (6, 8, 8), "map", 266)),
        ("flat", ("Flattened", (128, 6), "other", 0)),
        ("twin", ("Twin", (6, 8, 8), "map", 0)),
        ("act", ("ReLU", (6, 8, 8), "map", 0)),
        ("last", ("Last", (8, 8, 6), "map", 0)),
        ("head", ("Linear", (4,), "vector", 28)),
    ]
    by_name = {layer.name: layer for layer in found}
    assert {layer.name for layer in found if layer.calls > 1} == {"act"}
    assert by_name["act"].calls == 2
    assert (by_name["stem.1"].depth, by_name["head"].depth) == (2, 1)
    assert (by_name["last"].channels, by_name["last"].positions) == (6, (8, 8))
    assert (by_name["head"].channels, by_name["head"].positions) == (4, ())
    assert not any(m._forward_hooks for m in classifier.module.modules())


def test_activations_are_the_features_channels_first(classifier: Classifier) -> None:
    for name in ("stem.0", "stem", "twin", "act", "head"):
        expected = classifier.features(IMAGES, layer=name)
        torch.testing.assert_close(activations(classifier, IMAGES, layer_info(classifier, name)), expected)
    last = activations(classifier, IMAGES, layer_info(classifier, "last"))
    torch.testing.assert_close(last, classifier.features(IMAGES, layer="last").permute(0, 3, 1, 2))
    assert not any(m._forward_hooks for m in classifier.module.modules())


def test_the_network_runs_no_further(classifier: Classifier) -> None:
    stem = layer_info(classifier, "stem")
    before = classifier.module.head_ran
    images = IMAGES.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(activations(classifier, images, stem).sum(), images)
    assert gradient.abs().sum() > 0
    assert classifier.module.head_ran == before
    activations(classifier, IMAGES, layer_info(classifier, "head"))
    assert classifier.module.head_ran == before + 2, "once to look, once to run"


def test_a_network_that_catches_its_own_errors_is_stopped_too() -> None:
    class Catching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.pool = nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1)

        def forward(self, x):
            try:
                return self.pool(self.body(x)).flatten(1)
            except Exception:
                return torch.zeros(len(x), 4)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        classifier = load(Catching(), **INPUT)  # pyright: ignore[reportArgumentType]
    assert activations(classifier, IMAGES, layer_info(classifier, "body")).shape == (3, 4, 14, 14)


def test_tokens_and_tall_images() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patch, self.mix, self.last = nn.Conv2d(3, 4, 4, 4), nn.Linear(4, 5), Last()

        def forward(self, x):
            x = self.patch(x)
            self.last(x)
            return self.mix(x.flatten(2).transpose(1, 2)).mean(1)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        classifier = load(Tokens(), **{**INPUT, "input_size": (48, 16)})  # pyright: ignore[reportArgumentType]
    found = {layer.name: (layer.kind, layer.shape, layer.channel_axis) for layer in layers(classifier)}
    assert found == {
        "patch": ("map", (4, 12, 4), 0),
        "last": ("map", (12, 4, 4), 2),
        "mix": ("tokens", (48, 5), 1),
    }


def test_errors_name_the_nearest_and_the_reason(classifier: Classifier) -> None:
    with pytest.raises(ModelError, match=r"no layer 'stm'\. Fix: did you mean stem"):
        layer_info(classifier, "stm")
    with pytest.raises(ModelError, match="'unused' gave no tensor"):
        layer_info(classifier, "unused")
    with pytest.raises(ModelError, match="which part is whose"):
        activations(classifier, IMAGES, layer_info(classifier, "flat"))
