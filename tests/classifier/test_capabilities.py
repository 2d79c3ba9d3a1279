from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import nn

from audit.classifier import load
from audit.classifier.candidate import Candidate
from audit.classifier.capabilities import Capabilities
from audit.classifier.loaders import LOADERS
from audit.classifier.loaders.loader import Loader, Request
from audit.errors import ModelError


class Odd(Loader):
    name = "odd"
    forms = ("odd:WHAT",)
    gives: object = None

    def load(self, spec: str, request: Request) -> Candidate:
        if isinstance(self.gives, Exception):
            raise self.gives
        if not isinstance(self.gives, Capabilities):
            return self.gives  # type: ignore[return-value]
        net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4))
        declared = {"input_size": 32, "mean": 0.5, "std": 0.5}
        return Candidate(net, "odd", declared_input=declared, capabilities=self.gives)


@pytest.fixture
def odd() -> Iterator[Odd]:
    yield LOADERS.register(Odd())  # type: ignore[misc]
    LOADERS.unregister("odd")


def test_the_defaults_are_enough(odd: Odd) -> None:
    odd.gives = Capabilities()
    assert len(load("odd:net").classes) == 4


@pytest.mark.parametrize(
    "capabilities, said",
    [
        (Capabilities(differentiable=False), "no gradient through it: pictures and attacks need one"),
        (Capabilities(batch_sizes=(1, 8)), "batches of 1 or 8 only"),
        (Capabilities(hooks=False), "no layer inside it can be watched"),
        (Capabilities(dtypes=("bfloat16",)), "in bfloat16, not in float32.*--set dtype=bfloat16"),
    ],
)
def test_what_an_audit_cannot_use_is_refused(odd: Odd, capabilities: Capabilities, said: str) -> None:
    odd.gives = capabilities
    with pytest.raises(ModelError, match=said) as caught:
        load("odd:net")
    assert caught.value.where == "odd:net"
    assert caught.value.fix


@pytest.mark.parametrize("gives", [RuntimeError("no such thing"), "a network"])
def test_a_loader_from_outside_that_breaks_is_named(odd: Odd, gives: object) -> None:
    odd.gives = gives
    with pytest.raises(ModelError, match="the loader odd from outside raised"):
        load("odd:net")
    assert "odd" in LOADERS.broken
    LOADERS._broken.clear()


def test_schemes_from_outside_come_before_modules_of_the_same_form(odd: Odd, tmp_path: Path) -> None:
    """`odd:net` could also name a module and a function in it."""
    odd.gives = Capabilities()
    assert load("odd:net").name == "odd"
