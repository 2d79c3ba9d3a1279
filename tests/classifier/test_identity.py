import hashlib
from collections.abc import Callable

import torch
from torch import nn

from audit.classifier.identity import identify, probe_hash, weights_hash
from audit.classifier.resolve_preprocessing import resolve

Maker = Callable[..., nn.Module]


def test_weights_hash_in_closed_form() -> None:
    net = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[1.0, -2.0]]))
    expected = hashlib.sha256(b"weight\0torch.float32\0(1, 2)\0" + b"\0\0\x80?\0\0\0\xc0").hexdigest()
    assert weights_hash(net) == expected


def test_buffers_and_names_count_too() -> None:
    norm = nn.BatchNorm2d(2)
    before = weights_hash(norm)
    norm.running_mean.add_(1)
    assert weights_hash(norm) != before
    assert weights_hash(nn.Sequential(norm)) != weights_hash(norm)


def test_equal_for_copies_and_leaves_the_network_as_it_was(small_net: Maker, size: dict[str, object]) -> None:
    first, second = small_net().eval(), small_net().eval()
    path = resolve(size, None, "", first)
    state = {k: v.clone() for k, v in first.state_dict().items()}
    assert identify(first, path) == identify(second, path)
    assert all(torch.equal(v, state[k]) and v.dtype == state[k].dtype for k, v in first.state_dict().items())


def test_probe_sees_behaviour_not_rounding(small_net: Maker, size: dict[str, object]) -> None:
    net = small_net().eval()
    path = resolve(size, None, "", net)
    before = probe_hash(net, path)
    with torch.no_grad():
        net.head.bias[0] += 0.01
    assert probe_hash(net, path) != before
    other = resolve({**size, "mean": 0.45}, None, "", net)
    assert probe_hash(net, other) != probe_hash(net, path)


def test_probe_where_the_network_refuses_float64(small_net: Maker, size: dict[str, object]) -> None:
    net = small_net(last=lambda x: x @ torch.eye(3, dtype=torch.float32)).eval()
    path = resolve(size, None, "", net)
    assert len(probe_hash(net, path)) == 64
    assert net.head.weight.dtype == torch.float32


def test_sparse_buffers_count_by_their_values() -> None:
    def hashed(value: float) -> str:
        net = nn.Module()
        net.register_buffer("mask", (torch.eye(3) * value).to_sparse())
        return weights_hash(net)

    assert hashed(1.0) == hashed(1.0) != hashed(2.0)
