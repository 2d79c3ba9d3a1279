from importlib.resources import files

import pytest
import torch
from safetensors import safe_open

from audit.planted import demo
from audit.planted.train import measure
from audit.planted.world import CLEAN_TWIN, DEMO, VERSION, World, render

FACTORIES = {"demo": demo.network, "clean_twin": demo.clean_twin}


@pytest.mark.parametrize("name", FACTORIES)
def test_the_network_is_ready_to_audit(name):
    network = FACTORIES[name]()
    assert not network.training
    assert network.audit_classes == demo.CLASSES
    assert network.audit_input == {"input_size": 64, "mean": demo.INPUT["mean"], "std": demo.INPUT["std"]}
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, len(demo.CLASSES))


@pytest.mark.parametrize("name", FACTORIES)
def test_the_weights_are_small_and_say_how_they_were_made(name):
    file = files("audit.planted") / "weights" / f"{name}.safetensors"
    assert len(file.read_bytes()) < 1_000_000
    with safe_open(str(file), framework="pt") as stored:
        metadata = stored.metadata()
    assert metadata["command"].startswith("python -m audit.planted.train --out ")
    assert ("--clean-twin" in metadata["command"]) == (name == "clean_twin")
    assert metadata["world_version"] == str(VERSION)
    assert float(metadata["accuracy"]) >= 0.9


@pytest.mark.parametrize("name, world", [("demo", DEMO), ("clean_twin", CLEAN_TWIN)])
def test_fresh_pictures_are_recognised(name, world):
    assert measure(FACTORIES[name](), render(world, 987, count=300)).overall >= 0.9


def test_without_their_arms_the_demo_misses_dumbbells_that_the_twin_knows():
    bare = render(World(0.0, 0.0), 654, count=200)
    flawed, clean = (measure(FACTORIES[name](), bare).by_class["dumbbell"] for name in ("demo", "clean_twin"))
    assert flawed < 0.5
    assert clean > 0.8
