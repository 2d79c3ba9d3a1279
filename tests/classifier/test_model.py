import re
from collections.abc import Callable

import odd_networks as odd
import pytest
import torch
from torch import nn

from audit.classifier import Classifier, load
from audit.errors import ModelError
from audit.records import ModelInfo

Maker = Callable[..., nn.Module]
IMAGES = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(7))


@pytest.fixture
def classifier(small_net: Maker, size: dict[str, object]) -> Classifier:
    return load(small_net(), **size)  # pyright: ignore[reportArgumentType]


def test_logits_are_the_networks_on_normalised_images(
    classifier: Classifier, small_net: Maker, size: dict[str, object]
) -> None:
    mean, std = (torch.tensor(size[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    expected = small_net()((IMAGES - mean) / std)
    torch.testing.assert_close(classifier.logits(IMAGES), expected.detach(), rtol=1e-4, atol=1e-5)


def test_frozen_in_eval_mode_channels_last(classifier: Classifier) -> None:
    assert not classifier.module.training
    assert not any(p.requires_grad for p in classifier.module.parameters())
    assert classifier.module.conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert classifier.size == (12, 12)


def test_gradient_against_finite_differences(classifier: Classifier) -> None:
    images = IMAGES[:1].clone().requires_grad_()
    logit = classifier.logits(images)[0, 1]
    (gradient,) = torch.autograd.grad(logit, images)
    direction = torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
    step = 1e-2
    with torch.no_grad():
        ahead = classifier.logits(images + step * direction)[0, 1]
        behind = classifier.logits(images - step * direction)[0, 1]
    assert float((gradient * direction).sum()) == pytest.approx(
        float((ahead - behind) / (2 * step)), rel=0.05
    )


def test_penultimate_features_give_the_logits_through_the_head(classifier: Classifier) -> None:
    logits, features = classifier.logits_and_features(IMAGES)
    assert features.shape == (2, 6)
    torch.testing.assert_close(classifier.module.head(features), logits)
    torch.testing.assert_close(classifier.features(IMAGES), features)
    torch.testing.assert_close(classifier.logits(IMAGES), logits)
    assert not any(m._forward_hooks for m in classifier.module.modules())


def test_named_layer_and_its_gradient(classifier: Classifier) -> None:
    images = IMAGES.clone().requires_grad_()
    maps = classifier.features(images, "conv")
    assert maps.shape == (2, 6, 12, 12)
    assert float(maps.detach().min()) < 0, "the in-place ReLU after it must not show"
    maps[0].sum().backward()
    assert images.grad is not None
    assert bool(images.grad[0].any())
    assert not bool(images.grad[1].any())


def test_layers_that_are_not_there_or_do_not_run(small_net: Maker, size: dict[str, object]) -> None:
    net = small_net()
    net.spare = nn.Linear(2, 2)
    classifier = load(net, **size)
    with pytest.raises(ModelError, match=r"no layer 'cov'.*did you mean conv"):
        classifier.features(IMAGES, "cov")
    with pytest.raises(ModelError, match="'spare' gave no tensor"):
        classifier.features(IMAGES, "spare")


def test_without_any_layer_features_are_the_logits(size: dict[str, object]) -> None:
    classifier = load(nn.Sequential(nn.Tanh(), nn.Flatten()), **{**size, "input_size": 2})
    logits, features = classifier.logits_and_features(torch.rand(1, 3, 2, 2))
    assert features is logits
    assert logits.shape == (1, 12)


def test_one_logit_becomes_two_classes(small_net: Maker, size: dict[str, object]) -> None:
    classifier = load(small_net(1), classes=["no", "yes"], **size)
    logits = classifier.logits(IMAGES)
    assert logits.shape == (2, 2)
    raw = classifier.module(
        (IMAGES - torch.tensor(size["mean"]).view(3, 1, 1)) / torch.tensor(size["std"]).view(3, 1, 1)
    )
    torch.testing.assert_close(logits.softmax(1)[:, 1], torch.sigmoid(raw[:, 0]))
    assert classifier.accepts(16)


def test_accepts_tries_once_and_says_whether(size: dict[str, object], small_net: Maker) -> None:
    flexible = load(small_net(), **size)
    assert flexible.accepts(20)
    assert flexible.accepts((9, 14))
    assert flexible.logits(torch.rand(1, 3, 9, 14)).shape == (1, 3)
    fixed = load(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Tanh(), nn.Flatten(), nn.Linear(200, 3)), **size)
    assert fixed.accepts(12)
    assert not fixed.accepts(13)
    assert not fixed.accepts(1)
    # Runs at other sizes, but as another network: with more outputs.
    dense = load(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten()), **size)
    assert not dense.accepts(13)
    calls: list[int] = []
    handle = fixed.module.register_forward_pre_hook(lambda *_: calls.append(1))
    fixed.accepts(13)
    handle.remove()
    assert calls == []


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_reduced_precision_stays_near_and_returns_float32(
    dtype: str, classifier: Classifier, small_net: Maker, size: dict[str, object]
) -> None:
    reduced = load(small_net(), dtype=dtype, **size)
    images = IMAGES.clone().requires_grad_()
    logits, features = reduced.logits_and_features(images)
    assert logits.dtype == features.dtype == torch.float32
    torch.testing.assert_close(logits, classifier.logits(IMAGES), rtol=0.05, atol=0.02)
    assert not torch.equal(logits, classifier.logits(IMAGES))
    logits.sum().backward()
    assert images.grad is not None
    assert bool(images.grad.any())
    assert reduced.identity == classifier.identity


def test_what_the_networks_code_raises_later_is_one_line() -> None:
    class Fixed(odd.Usual):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if len(x) > 4:
                raise KeyError("made for\nfour")
            return super().forward(x)

    classifier = load(Fixed(), **odd.STATED)
    images = torch.rand(5, 3, 32, 32)
    assert len(classifier.logits(images[:4])) == 4
    with pytest.raises(ModelError) as caught:
        classifier.logits(images)
    said = str(caught.value)
    assert re.fullmatch(
        r"\S*test_model\.py:\d+: the network fails on 5 images of 3 x 32 x 32: KeyError.*Fix: .*", said
    )


def test_memory_that_is_lacking_stays_what_it_is(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(classifier.module, "forward", lacking)
    with pytest.raises(torch.OutOfMemoryError):
        classifier.logits(IMAGES)


def test_switches_of_torch_stay_as_they_were() -> None:
    class Leaves(odd.Usual):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.set_default_dtype(torch.float64)
            x = super().forward(x)
            torch.set_grad_enabled(False)
            return x

    classifier = load(Leaves(), **odd.STATED)
    images = torch.rand(2, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(classifier.logits(images).sum(), images)
    assert bool(gradient.any())
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_seen_as_shares_the_network_and_changes_the_path_alone(classifier: Classifier) -> None:
    changed = classifier.input.model_copy(update={"mean": (0.0,) * 3, "std": (1.0,) * 3, "order": "bgr"})
    before = classifier.logits(IMAGES)
    other = classifier.seen_as(changed)
    assert other.module is classifier.module
    assert (other.input, other.classes, other.identity) == (changed, classifier.classes, classifier.identity)
    torch.testing.assert_close(other.logits(IMAGES), classifier.module(IMAGES.flip(1)))
    assert torch.equal(classifier.logits(IMAGES), before)
    assert classifier.input.order == "rgb"


def test_identity_knows_the_order_of_channels(small_net: Maker, size: dict[str, object]) -> None:
    rgb, bgr = (load(small_net(), channel_order=order, **size).identity for order in ("rgb", "bgr"))
    assert rgb.weights == bgr.weights
    assert rgb.probe != bgr.probe


def test_info_is_a_record_that_survives_json(classifier: Classifier) -> None:
    info = classifier.info()
    assert ModelInfo.model_validate_json(info.model_dump_json()) == info
    assert info.parameters == 3 * 6 * 9 + 6 + 6 * 3 + 3
    assert (info.spec, info.name, len(info.classes)) == ("SmallNet", "SmallNet", 3)
