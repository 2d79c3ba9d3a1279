from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from audit.classifier.resolve_preprocessing import resolve
from audit.classifier.validate import Proof, prove
from audit.errors import ModelError

Maker = Callable[..., nn.Module]


def proved(net: nn.Module, task: str = "single-label", **stated: object) -> Proof:
    path = resolve({"input_size": 12, "mean": 0.5, "std": 0.25, **stated}, None, "", net)
    return prove(net.eval().requires_grad_(False), path, task)  # pyright: ignore[reportArgumentType]


def test_a_good_network(small_net: Maker) -> None:
    state = torch.get_rng_state()
    proof = proved(small_net())
    assert (proof.outputs, proof.head, proof.warnings) == (3, "head", [])
    assert torch.equal(state, torch.get_rng_state())


def _raise(x: Tensor) -> Tensor:
    raise KeyError("odd")


@pytest.mark.parametrize(
    "last, message",
    [
        (lambda x: F.dropout(x, 0.5, training=True), "two passes .* draws random numbers"),
        (lambda x: x - x.mean(0), "other images in the batch"),
        (lambda x: x.detach(), "cut off from the images"),
        (lambda x: x.round() + 3, "zero on every probe picture"),
        (lambda x: x.argmax(1, keepdim=True), "floating point logits"),
        (lambda x: x.softmax(1), "every row sums to 1"),
        (lambda x: x[:, :, None], r"shape \[4, k\].*got \[4, 3, 1\]"),
        (lambda x: x[:, 0], r"got \[4\]"),
        (lambda x: x[:2], r"got \[2, 3\]"),
        (lambda x: (x, x), "returned tuple"),
        (lambda x: x / 0, "finite logits"),
        (lambda x: x.abs().add(-1e9).sqrt(), "finite logits"),
        (_raise, "does not run on images of 3 x 12 x 12: KeyError"),
    ],
)
def test_what_is_no_usable_classifier(
    small_net: Maker, last: Callable[[Tensor], Tensor], message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        proved(small_net(last=last))
    assert "Fix: " in str(caught.value)


def test_batch_statistics_in_eval_mode() -> None:
    norm = nn.BatchNorm2d(4, track_running_stats=False)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(400, 3))
    with pytest.raises(ModelError, match="track_running_stats"):
        proved(net)


def test_nan_weights_are_named(small_net: Maker) -> None:
    net = small_net()
    with torch.no_grad():
        net.conv.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(ModelError, match=r"NaN or infinity in conv\.weight"):
        proved(net)


def test_infinite_buffers_are_allowed(small_net: Maker) -> None:
    net = small_net()
    net.register_buffer("mask", torch.tensor([float("-inf")]))
    assert proved(net).outputs == 3
    net.register_buffer("statistic", torch.tensor([float("nan")]))
    with pytest.raises(ModelError, match="statistic"):
        proved(net)


def test_wrong_size_names_the_flag() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    with pytest.raises(ModelError, match=r"3 x 12 x 12.*--input-size"):
        proved(net)
    assert proved(net, input_size=8).outputs == 2


def test_zero_last_layer_has_no_gradient(small_net: Maker) -> None:
    net = small_net()
    nn.init.zeros_(net.head.weight)
    with pytest.raises(ModelError, match="last layer is still zero"):
        proved(net)


def test_one_logit_is_not_multi_label(small_net: Maker) -> None:
    assert proved(small_net(1)).outputs == 1
    with pytest.raises(ModelError, match="leave out --task"):
        proved(small_net(1), task="multi-label")
