import sys

import odd_networks as odd
import pytest
import torch
from torch import nn

from audit.classifier.candidate import Candidate, build
from audit.errors import ModelError


def test_random_weights_are_the_same_each_time_and_disturb_nobody() -> None:
    state = torch.get_rng_state()
    first, second = (build(lambda: nn.Linear(3, 3), "here") for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(state, torch.get_rng_state())


def _fails() -> nn.Module:
    raise RuntimeError("no\nweights here")


def _odd(error: BaseException) -> nn.Module:
    raise error


def _recurs() -> nn.Module:
    return _recurs()


@pytest.mark.parametrize(
    "factory, message",
    [
        (_fails, "the factory raised RuntimeError: no weights here"),
        (_fails, r"\(\S*test_candidate\.py:\d+\)\. Fix: make"),
        (lambda: sys.exit(2), "the factory raised SystemExit: 2"),
        (lambda: _odd(odd.WordlessError()), r"the factory raised WordlessError \("),
        (lambda: _odd(odd.Unusual("odd")), "the factory raised Unusual: odd"),
        (_recurs, "the factory raised RecursionError"),
        (lambda: {"weights": 1}, "it returned dict"),
        (lambda: None, "it returned NoneType"),
        (lambda width, *, depth: width, r"needs arguments \(width, depth\)"),
        (nn.Linear, r"needs arguments \(in_features, out_features\)"),
        ({"a": 1}, "expected a function or class .* found dict"),
    ],
)
def test_factories_that_are_none(factory: object, message: str) -> None:
    with pytest.raises(ModelError, match=f"^net.py:make: .*{message}") as caught:
        build(factory, "net.py:make")
    assert "Fix: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_declares_itself_unless_its_source_does() -> None:
    net = nn.Flatten()
    net.audit_input, net.audit_classes = {"input_size": 3}, ("a", "b")
    alone = Candidate(module=net, name="n")
    assert (alone.declared_input, alone.input_source) == ({"input_size": 3}, "the model's own audit_input")
    assert (alone.declared_classes, alone.classes_source) == (("a", "b"), "the model's own audit_classes")
    other = Candidate(module=net, name="n", declared_input={"input_size": 5}, input_source="weights")
    assert (other.declared_input, other.input_source) == ({"input_size": 5}, "weights")
