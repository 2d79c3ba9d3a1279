import sys
from importlib.resources import files
from types import ModuleType

import pytest
from torch import nn

from audit.classifier import load
from audit.classifier.loaders.demo_networks import DemoLoader
from audit.classifier.loaders.loader import Request
from audit.errors import ModelError


def test_the_flawed_network_and_its_clean_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = ModuleType("audit.planted.demo")
    vars(demo).update(
        network=lambda: nn.Linear(2, 3),
        clean_twin=lambda: nn.Linear(2, 4),
        CLASSES=("a", "b"),
        INPUT={"input_size": 64, "mean": (0.5,), "std": (0.5,)},
    )
    monkeypatch.setitem(sys.modules, "audit.planted", ModuleType("audit.planted"))
    monkeypatch.setitem(sys.modules, "audit.planted.demo", demo)
    flawed, clean = (DemoLoader().load(spec, Request()) for spec in ("demo", "demo:clean"))
    assert (flawed.module.out_features, clean.module.out_features) == (3, 4)
    assert (flawed.name, clean.name) == ("demo", "demo:clean")
    assert (flawed.declared_classes, flawed.declared_input) == (demo.CLASSES, demo.INPUT)
    assert flawed.input_source == "the demo's own preprocessing"


def test_unknown_demo() -> None:
    with pytest.raises(ModelError, match="did you mean demo:clean"):
        DemoLoader().load("demo:cleen", Request())


@pytest.mark.skipif(
    not (files("audit") / "planted/weights/clean_twin.safetensors").is_file(), reason="demo not trained yet"
)
def test_the_real_demo_loads_and_knows_its_classes() -> None:
    flawed, clean = load("demo"), load("demo:clean")
    assert flawed.input.sources["mean"] == "the demo's own preprocessing"
    assert [c.name for c in flawed.classes] == [c.name for c in clean.classes]
    assert len(flawed.classes) >= 2
    assert flawed.identity != clean.identity
    assert (flawed.name, clean.name) == ("demo", "demo-clean")
