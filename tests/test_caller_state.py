"""What the caller has set is neither used nor changed by a verb, nor is what a network's code sets."""

import copy
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from caller_states import STATES, state
from torch import nn

import audit
from audit.classifier import Classifier

NETWORK = """
import logging, os, random, signal, sys, warnings
import numpy as np
import torch
from PIL import ImageFile
from torch import nn

class Sensitive(nn.Sequential):
    "Its answers depend on the defaults of torch, and it warns."
    def forward(self, x):
        warnings.warn("the network warns", FutureWarning)
        return super().forward(x + torch.linspace(0, 0.1, x.shape[3]))

def quiet():
    net = Sensitive(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3),
    )
    with torch.no_grad():
        net[-1].weight.mul_(20 + random.random() + np.random.rand())
    return net

def loud():
    net = quiet()
    os.chdir(os.sep)
    os.environ["LOUD"] = "1"
    sys.path.insert(0, os.sep + "loud")
    random.seed(9), np.random.seed(9), torch.manual_seed(9)
    np.seterr(all="raise")
    warnings.simplefilter("error")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.getLogger().setLevel(1)
    logging.getLogger().addHandler(logging.NullHandler())
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_float32_matmul_precision("medium")
    torch.set_autocast_enabled("cpu", True)
    torch.autograd.set_detect_anomaly(True)
    torch._C._set_deterministic_algorithms(True)  # the public function imports the compiler, for seconds
    torch.backends.cudnn.benchmark = True
    return net

def failing():
    loud()
    raise KeyError("weights")
"""
PATH: dict[str, Any] = {"input_size": 32, "mean": 0.5, "std": 0.25}
SETTINGS = (
    "synthesis.views=3",
    "synthesis.restarts=1",
    "synthesis.step_budget=[1, 1]",
    "unconstrained.views=2",
    "unconstrained.classes=1",
    "reliability.control_classes=0",
    # Each of their stages works, on one family: what a family does has tests of its own.
    "probes.photographs=6",
    'probes.families=["border"]',
    'probes.fitted=["patch"]',
    "probes.suspects=1",
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a photograph, and networks of one name, whose code sets nothing, much, or fails after that."""
    folder = tmp_path_factory.mktemp("caller")
    for kind in ("quiet", "loud", "failing"):
        (folder / kind).mkdir()
        (folder / kind / "net.py").write_text(f"{NETWORK}\nmake = {kind}\n")
    tiny.photograph(folder / "photo.png")
    return folder


@pytest.fixture(scope="module")
def quiet(folder: Path) -> Classifier:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return audit.load(f"{folder}/quiet/net.py:make", **PATH)


def verbs(model: Any, folder: Path, out: Path) -> Iterator[tuple[str, Any]]:
    """Each verb's name and what it gave, after it."""
    photo = folder / "photo.png"
    network = model if isinstance(model, Classifier) else audit.load(model, **PATH)
    yield "load", (network.identity, network.warnings)
    run = audit.run(network, set=SETTINGS, only=[0], out=out / "run", command="same")
    results = tiny.comparable(out / "run")
    del results["model"]["spec"], results["run"]["environment"]["threads"]  # the caller's to choose
    yield "run", results
    yield "open", audit.open(out / "run").results == run.results
    yield "check", audit.check(run).model_dump(exclude={"run"})
    yield "plan", [(s.name, s.items, s.views) for s in audit.plan(network, set=SETTINGS, only=[0]).stages]
    keep = {"out": out / "draw", "command": "same"}
    yield "draw", audit.draw(network, "0:1", views=1, restarts=1, **keep).name
    keep["out"] = out / "dream"
    yield "dream", audit.dream(photo, network, layer="0", octaves=1, iterations=1, side=40, **keep).page.name
    keep["out"] = out / "invert"
    found = audit.invert(photo, network, layer="0", steps=1, **keep)
    yield "invert", [{**depth.__dict__, "seconds": 0, "image": 0} for depth in found.depths]
    yield "pictures", {k: v for k, v in tiny.tree(out).items() if k.endswith(".png")}


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    """What the verbs give where nothing is set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = dict(verbs(f"{folder}/quiet/net.py:make", folder, folder / "reference"))
    assert found["open"]
    assert len(found["pictures"]) > 8
    assert len(set(found["pictures"].values())) > 8
    return found


@pytest.mark.parametrize("name", STATES)
def test_a_state_has_no_effect_and_stays(
    name: str, expected: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    begun, checked = state(), list[str]()
    with STATES[name]():
        before, path = state(), list(sys.path)
        assert before != begun
        # The network's code sets everything to something else.
        for verb, given in verbs(f"{folder}/loud/net.py:make", folder, tmp_path):
            assert given == expected[verb], verb
            assert state() == before, verb
            assert sys.path[: len(path)] == path, verb
            checked.append(verb)
            if name == "threads" and verb == "run":
                break  # threads that wait for each other are slow where other tests run beside this one
    assert checked == list(expected)[: len(checked)]
    assert len(checked) == 2 if name == "threads" else len(checked) == len(expected)
    assert state() == begun


@pytest.mark.parametrize("name", STATES)
def test_a_state_stays_after_an_error(name: str, quiet: Classifier, folder: Path, tmp_path: Path) -> None:
    failing: list[Callable[[], object]] = [
        lambda: audit.load(f"{folder}/failing/net.py:make", **PATH),
        lambda: audit.run(quiet, only="no such class", out=tmp_path / "run"),
        lambda: audit.plan(quiet, images=tmp_path / "nowhere"),
        lambda: audit.open(tmp_path),
        lambda: audit.check(tmp_path),
        lambda: audit.draw(quiet, "no such layer", out=tmp_path / "draw"),
        lambda: audit.dream(tmp_path / "none.png", quiet, out=tmp_path / "dream"),
        lambda: audit.invert(folder / "photo.png", quiet, layer="no such layer", out=tmp_path / "invert"),
    ]
    with STATES[name]():
        before = state()
        for call in failing:
            with pytest.raises(audit.AuditError):
                call()
            assert state() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("loaded, used", [("inference mode", "gradients off"), ("float64", "inference mode")])
def test_loaded_in_one_state_and_used_in_another(
    loaded: str, used: str, expected: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    with STATES[loaded]():
        network = audit.load(f"{folder}/loud/net.py:make", **PATH)
    with STATES[used]():
        given = dict(verbs(network, folder, tmp_path))
    assert given == expected


def live(weights: dict[str, Any]) -> nn.Module:
    net = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 8, 3, stride=2), nn.BatchNorm2d(8),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3),
    )  # fmt: skip
    net.load_state_dict(weights, strict=False)
    return net


@pytest.fixture(scope="module")
def usual(quiet: Classifier, folder: Path) -> audit.Audit:
    """The audit of a live module that was made where nothing is set."""
    module = live(quiet.module.state_dict())
    return audit.run(module, set=SETTINGS, only=[0], out=folder / "usual", **PATH)


@pytest.mark.parametrize("name", ["inference mode", "float64", "gradients off"])
def test_a_live_module_made_in_a_state(
    name: str, quiet: Classifier, usual: audit.Audit, tmp_path: Path
) -> None:
    """Its weights may be of inference mode, which takes part in no gradient, or of another precision."""
    with STATES[name]():
        module = live(quiet.module.state_dict())
        before = [tensor.dtype for tensor in module.state_dict().values()]
        run = audit.run(module, set=SETTINGS, only=[0], out=tmp_path / "run", **PATH)
    assert [tensor.dtype for tensor in module.state_dict().values()] == before
    assert (torch.float64 in before) == (name == "float64")
    assert any(tensor.is_inference() for tensor in module.parameters()) == (name == "inference mode")
    assert run.pictures["sha256"].equals(usual.pictures["sha256"])
    assert run.results.classes == usual.results.classes


@pytest.mark.parametrize("name", ["gradients off", "inference mode", "float64", "default device", "autocast"])
def test_logits_and_features_by_hand(name: str, quiet: Classifier) -> None:
    network = copy.copy(quiet)  # keeps for itself what it finds out
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    logits, features = network.logits(images), network.features(images, "0")
    with STATES[name]():
        before = state()
        own = images.to(torch.get_default_dtype())
        assert torch.equal(network.logits(own), logits)
        assert torch.equal(network.features(own, "0"), features)
        assert network.logits(own).dtype == torch.float32
        assert network.accepts(48)
        folded = network.folded()
        assert state() == before
    gradient = torch.autograd.grad(folded.logits(images.requires_grad_()).sum(), images)[0]
    assert bool(gradient.any())
