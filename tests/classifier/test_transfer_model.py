import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny
import torch

from audit.classifier.transfer_model import load_transfer_model, read_stated
from audit.errors import ConfigError, ModelError, PreprocessingError, UserError

BARE = """
from torch import nn

def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
"""


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    """A file that loads a network beside it, with everything that it needs."""
    (tmp_path / "net.py").write_text(BARE)
    (tmp_path / "names.txt").write_text("cat\ndog\nowl\n")
    path = tmp_path / "judge.toml"
    path.write_text(
        'model = "net.py:make"\nclasses = "names.txt"\n'
        "input_size = [20, 24]\nmean = 0.5\nstd = [0.1, 0.2, 0.3]\n"
    )
    return path


def test_a_file_states_the_flags_and_its_paths_start_from_it(stated: Path) -> None:
    model, flags = read_stated(stated)
    assert model == f"{stated.parent}/net.py:make"
    assert flags == {
        "classes": f"{stated.parent}/names.txt",
        "input_size": [20, 24],
        "mean": 0.5,
        "std": [0.1, 0.2, 0.3],
    }
    transfer_model = load_transfer_model(stated)
    assert transfer_model.size == (20, 24)
    assert transfer_model.input.std == (0.1, 0.2, 0.3)
    assert [c.name for c in transfer_model.classes] == ["cat", "dog", "owl"]


def test_absolute_paths_and_other_kinds_of_models_stay(tmp_path: Path) -> None:
    path = tmp_path / "judge.toml"
    path.write_text(
        f'model = "{tmp_path}/x.py:make"\nweights = "{tmp_path}/w.safetensors"\nclasses = ["a", "b"]'
    )
    assert read_stated(path) == (
        f"{tmp_path}/x.py:make",
        {"weights": f"{tmp_path}/w.safetensors", "classes": ["a", "b"]},
    )
    for model in ("torchvision:resnet18@DEFAULT", "demo", "package.module:make"):
        path.write_text(f'model = "{model}"')
        assert read_stated(path) == (model, {})


@pytest.mark.parametrize(
    "text, message",
    [
        ('inputsize = 3\nmodel = "demo"', "unknown key 'inputsize'.*did you mean input_size"),
        ('trust_pickle = true\nmodel = "demo"', "cannot ask to be trusted.*as .safetensors"),
        ('classes = "x.txt"', "names no model"),
        ("model = 3", "model: expected text, got 3"),
        ('model = "demo"\nmean = true', "mean: expected a whole number or a number or a list, got True"),
        ("model =", "expected TOML"),
        ('model = "nothing.py:make"', "nothing.py: no such file"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "judge.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=rf"^transfer model {path}.*{message}"):
        load_transfer_model(path)


def test_every_way_to_resize_can_be_stated(tmp_path: Path) -> None:
    path = tmp_path / "second.toml"
    common = {"input_size": 32, "mean": 0.5, "std": 0.5, "enlarge": True}
    for line, resize in (("resize = [40, 36]", (40, 36)), ("crop_pct = 0.8", 40), ("resize = 36", 36)):
        said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in common.items())
        (tmp_path / "net.py").write_text(BARE)
        path.write_text(f'model = "net.py:make"\n{said}{line}\n')
        taken = load_transfer_model(path).input
        assert (taken.resize, taken.enlarge) == (resize, True)
    path.write_text('model = "net.py:make"\nenlarge = 1\n')
    with pytest.raises(ConfigError, match="enlarge: expected true or false, got 1"):
        load_transfer_model(path)
    path.write_text('model = "net.py:make"\nchannels = true\n')
    with pytest.raises(ConfigError, match="channels: expected a whole number"):
        load_transfer_model(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"transfer model .*none.toml: cannot read the transfer model \(no such file or directory\)",
    ):
        load_transfer_model(tmp_path / "none.toml")
    with pytest.raises(ModelError, match=r"transfer model .*none.py:make, .*none.py: no such file"):
        load_transfer_model(str(tmp_path / "none.py:make"))


def test_an_preprocessing_that_is_missing_names_the_file_for_it(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(BARE)
    with pytest.raises(
        PreprocessingError,
        match=r"transfer model .*input_size, mean, std unknown.*--transfer-model FILE.toml with",
    ):
        load_transfer_model(f"{tmp_path}/net.py:make")


def test_pickled_weights_want_a_trust_of_their_own(stated: Path) -> None:
    state = runpy.run_path(str(stated.parent / "net.py"))["make"]().state_dict()
    torch.save({"weights": state, "step": SimpleNamespace()}, stated.parent / "w.pth")
    stated.write_text(stated.read_text() + 'weights = "w.pth"\n')
    with pytest.raises(ModelError, match=r"transfer model .*pickled objects.*as \.safetensors") as caught:
        load_transfer_model(stated)
    assert "--trust-pickle" not in str(caught.value), "it speaks of the audited network"
    assert load_transfer_model(stated, trust_pickle=True).size


def test_live_networks(tmp_path: Path) -> None:
    module = runpy.run_path(tiny.write(tmp_path).rpartition(":")[0])["make"]()
    transfer_model = load_transfer_model(module)
    assert load_transfer_model(transfer_model) is transfer_model
    assert transfer_model.size == (32, 32)
