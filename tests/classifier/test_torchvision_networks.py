import copy
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, VisionTransformer, get_model
from torchvision.models._api import WeightsEnum

from audit.classifier import load
from audit.classifier import torchvision_networks as loader_torchvision
from audit.classifier.torchvision_networks import fill_zero_layers
from audit.errors import ModelError, PreprocessingError


def test_random_weights_need_no_download_and_are_seeded() -> None:
    state = torch.get_rng_state()
    first = load("torchvision:mobilenet_v3_small@none", input_size=64)
    second = load("torchvision:mobilenet_v3_small@none", input_size=64)
    assert torch.equal(state, torch.get_rng_state())
    assert first.identity == second.identity
    assert first.name == "mobilenet_v3_small-none"
    assert first.size == (64, 64)
    assert first.input.sources["mean"] == "transforms of mobilenet_v3_small's default weights"
    assert any("random" in warning for warning in first.warnings)
    assert first.features(torch.rand(1, 3, 64, 64)).shape == (1, 1024)


def test_a_random_vision_transformer_gets_a_head_that_lets_a_gradient_through() -> None:
    network = VisionTransformer(32, 16, num_layers=1, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert not network.heads.head.weight.any(), "torchvision's own start"
    network.audit_input = {"input_size": 32, "mean": 0.5, "std": 0.5}  # pyright: ignore[reportArgumentType]
    with pytest.raises(ModelError, match=r"zero on every probe picture.*last layer is still zero"):
        load(network)
    assert fill_zero_layers(network) == ["heads.head"]
    after = network.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == ["heads.head.weight"]
    assert 0.5 < float(after["heads.head.weight"].std()) * 4 < 1.5
    assert load(network).warnings[-1].startswith("No class list")
    assert fill_zero_layers(network) == [], "what is not zero stays"


def test_the_warning_of_a_filled_head(monkeypatch: pytest.MonkeyPatch) -> None:
    small = VisionTransformer(224, 112, num_layers=1, num_heads=1, hidden_dim=8, mlp_dim=8)
    monkeypatch.setattr(loader_torchvision, "get_model", lambda name, weights: copy.deepcopy(small))
    found = load("torchvision:vit_b_32@none")
    assert any("starts heads.head with zeros" in warning for warning in found.warnings)
    assert found.identity == load("torchvision:vit_b_32@none").identity


def test_weights_bring_transforms_and_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        state = get_model("squeezenet1_1", weights=None).state_dict()
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **options: state)
    classifier = load("torchvision:squeezenet1_1")
    assert torch.equal(classifier.module.state_dict()["features.0.weight"], state["features.0.weight"])
    path = classifier.input
    assert (path.height, path.width, path.resize, path.interpolation) == (224, 224, 256, "bilinear")
    assert path.mean == (0.485, 0.456, 0.406)
    assert path.sources["resize"] == "transforms of SqueezeNet1_1_Weights.IMAGENET1K_V1"
    assert classifier.classes_source == "categories of SqueezeNet1_1_Weights.IMAGENET1K_V1"
    assert classifier.classes[0].name == "tench"
    assert [classifier.classes[i].id for i in (134, 517)] == ["crane bird", "crane"]
    assert classifier.warnings == []
    assert classifier.features(torch.rand(1, 3, 64, 64)).shape == (1, 512), "its head is a convolution"


def test_own_weights_in_an_architecture(tmp_path: Path) -> None:
    net = get_model("squeezenet1_1", weights=None, num_classes=4)
    torch.save(net.state_dict(), tmp_path / "mine.pth")
    stated = {"input_size": 64, "mean": 0.5, "std": 0.5, "classes": list("abcd")}
    classifier = load("torchvision:squeezenet1_1", weights=tmp_path / "mine.pth", **stated)
    assert [c.name for c in classifier.classes] == list("abcd")
    assert classifier.name == "squeezenet1_1-mine"
    with pytest.raises(PreprocessingError, match="--mean"):
        load("torchvision:squeezenet1_1", weights=tmp_path / "mine.pth", classes=list("abcd"))
    with pytest.raises(ModelError, match=r"2 of other shape \(classifier\.1\.weight \[4, 512, 1, 1\] for"):
        load("torchvision:squeezenet1_1@IMAGENET1K_V1", weights=tmp_path / "mine.pth")


def test_a_download_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: WeightsEnum, *args: object, **options: object) -> None:
        raise URLError("name not known")

    monkeypatch.setattr(SqueezeNet1_1_Weights, "get_state_dict", fail)
    with pytest.raises(
        ModelError, match=r"fetching the weights IMAGENET1K_V1 failed: URLError.*--weights.*@none"
    ):
        load("torchvision:squeezenet1_1@IMAGENET1K_V1")


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"no classifier 'resnet19'.*did you mean .*resnet1"):
        load("torchvision:resnet19")
    with pytest.raises(
        ModelError, match=r"there are IMAGENET1K_V1, DEFAULT, none.*did you mean IMAGENET1K_V1"
    ):
        load("torchvision:squeezenet1_1@IMAGENET1K_V2")
