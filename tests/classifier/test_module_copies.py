import threading
from typing import Any

import odd_networks as odd
import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.generators import generator
from audit.classifier.module_copies import copied, uncopiable
from audit.classifier.randomized_weights import shuffled
from audit.errors import ModelError

IMAGES = torch.rand(2, 3, 32, 32, generator=generator(0, "module copies"))


def test_what_can_be_copied_is() -> None:
    network = odd.seeded(odd.Usual)
    other: Any = copied(network, [network.head.weight])
    assert uncopiable(network) == []
    assert other.head.weight is network.head.weight
    assert other.conv.weight is not network.conv.weight
    assert torch.equal(other.conv.weight, network.conv.weight)


def test_locks_and_graphs_are_shared_and_all_else_is_copied() -> None:
    network = odd.seeded(odd.Keeps).eval()
    network.norm.lock = threading.Lock()
    network(IMAGES)
    assert uncopiable(network) == ["seen", "norm.lock"]
    other: Any = copied(network)
    assert other.norm is not network.norm
    assert other.norm.lock is network.norm.lock
    assert other.conv.weight is not network.conv.weight
    with torch.no_grad():
        assert torch.equal(other(IMAGES), network(IMAGES))
        other.conv.weight.zero_()
        assert network.conv.weight.any()


def test_a_live_network_that_cannot_be_copied_whole_is_audited() -> None:
    network = odd.seeded(odd.Locked)
    classifier = load(network, **odd.STATED)
    assert classifier.notes == ["Copies of it share attributes that cannot be copied: lock."]
    assert classifier.folded().module is not classifier.module
    other = shuffled(classifier, IMAGES, 0)
    assert not torch.allclose(other.logits(IMAGES), classifier.logits(IMAGES))
    network = odd.seeded(odd.Keeps)
    network(IMAGES)
    assert load(network, **odd.STATED).module is not network


def test_what_refuses_to_be_copied_is_one_line() -> None:
    class Refuses(odd.Usual):
        def __deepcopy__(self, memo: Any) -> nn.Module:
            raise odd.Unusual("no copies")

    with pytest.raises(ModelError, match=r"test_module_copies\.py:\d+: .*Unusual: no copies\. Fix: give a"):
        load(Refuses(), **odd.STATED)
