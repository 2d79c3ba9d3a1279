import json
from collections.abc import Callable
from pathlib import Path

import odd_networks as odd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from audit.classifier import load
from audit.classifier.loading import folder_name
from audit.errors import ConfigError, LabelError, ModelError, PreprocessingError, UserError

Maker = Callable[..., nn.Module]
FACTORY = """
from torch import nn

def make():
    pool = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), pool, nn.Flatten(), nn.Linear(4, 3))

def declared():
    net = make()
    half = (0.5, 0.5, 0.5)
    net.audit_input = dict(input_size=9, resize=10, mean=half, std=half, interpolation="bicubic")
    net.audit_classes = ("a", "b", "c")
    return net
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(FACTORY)
    return f"{tmp_path}/net.py"


def test_everything_a_network_declares_holds(file: str) -> None:
    classifier = load(f"{file}:declared")
    assert classifier.input.sources["mean"] == "the model's own audit_input"
    assert (classifier.size, classifier.input.resize, classifier.input.interpolation) == (
        (9, 9),
        10,
        "bicubic",
    )
    assert [c.id for c in classifier.classes] == ["a", "b", "c"]
    assert classifier.classes_source == "the model's own audit_classes"
    assert (classifier.name, classifier.spec) == ("net-declared", f"{file}:declared")
    assert classifier.warnings == []
    assert load(f"{file}:declared", input_size=12).input.sources["height"] == "stated by the user"
    assert load(f"{file}:declared", classes=["x", "y", "z"]).classes[2].name == "z"


def test_without_classes_they_are_numbered_with_a_warning(file: str, size: dict[str, object]) -> None:
    classifier = load(f"{file}:make", **size)
    assert [c.name for c in classifier.classes] == ["class 0", "class 1", "class 2"]
    assert "--classes" in classifier.warnings[0]


def test_weights_go_into_the_architecture(file: str, size: dict[str, object], tmp_path: Path) -> None:
    bare = load(f"{file}:make", **size)
    save_file(
        {k: v.contiguous() + 1 for k, v in bare.module.state_dict().items()}, tmp_path / "w 1.safetensors"
    )
    other = load(f"{file}:make", weights=tmp_path / "w 1.safetensors", **size)
    assert other.name == "net-make-w-1"
    assert other.identity.weights != bare.identity.weights
    assert other.identity.probe != bare.identity.probe


def test_a_live_module_is_left_alone(small_net: Maker, size: dict[str, object]) -> None:
    net = small_net().train()
    classifier = load(net, **size)
    assert net.training
    assert all(p.requires_grad for p in net.parameters())
    with torch.no_grad():
        net.head.weight.zero_()
    assert bool(classifier.module.head.weight.any())


@pytest.mark.parametrize("mean", [0.5, (0.5, 0.5, 0.5)])
def test_half_precision_and_training_modules_load(
    small_net: Maker, size: dict[str, object], mean: object
) -> None:
    classifier = load(small_net().half().train(), **{**size, "mean": mean})
    assert classifier.logits(torch.rand(1, 3, 12, 12)).dtype == torch.float32


@pytest.mark.parametrize(
    "spec, message",
    [
        ("resnet18", r"unknown kind of model 'resnet18'.*write torchvision:resnet18"),
        ("dmeo", "did you mean demo"),
        ("model.py", r"write FILE\.py:FACTORY"),
        ("model.py:", r"write FILE\.py:FACTORY"),
        ("missing.py:make", "no such file"),
        ("missing.pt", "no such file"),
        ("weird thing:x", "unknown kind of model"),
        ("timm:resnet18", "not supported yet"),
        ("", "unknown kind of model"),
    ],
)
def test_specs_that_name_nothing(spec: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load(spec)


def test_every_kind_of_error_is_one_line_with_its_fix(
    file: str, size: dict[str, object], small_net: Maker, tmp_path: Path
) -> None:
    (tmp_path / "two.json").write_text(json.dumps(["a", "b"]))
    torch.save(nn.Linear(1, 1), tmp_path / "whole.pt")
    torch.save({"conv.weight": torch.ones(1)}, tmp_path / "other.pth")
    poisoned = small_net()
    with torch.no_grad():
        poisoned.head.bias[1] = float("nan")
    cases: list[tuple[type[UserError], Callable[[], object]]] = [
        (ModelError, lambda: load("no:such.thing")),
        (ModelError, lambda: load(f"{file}:maek")),
        (ModelError, lambda: load(f"{tmp_path}/whole.pt")),
        (ModelError, lambda: load(f"{file}:make", weights=tmp_path / "whole.pt", **size)),
        (ModelError, lambda: load(f"{file}:make", weights=tmp_path / "other.pth", **size)),
        (ModelError, lambda: load(small_net(last=lambda x: x.softmax(1)), **size)),
        (ModelError, lambda: load(poisoned, **size)),
        (LabelError, lambda: load(f"{file}:make", classes=tmp_path / "two.json", **size)),
        (PreprocessingError, lambda: load(f"{file}:make")),
        (ConfigError, lambda: load(f"{file}:make", device="abacus", **size)),
        (ConfigError, lambda: load(f"{file}:make", dtype="int8", **size)),
        (ConfigError, lambda: load(f"{file}:make", task="ranking", **size)),
    ]
    for kind, call in cases:
        with pytest.raises(UserError) as caught:
            call()
        assert type(caught.value) is kind
        assert caught.value.exit_code == 2
        assert caught.value.fix
        assert "\n" not in str(caught.value)


def test_wrong_counts(file: str, small_net: Maker, size: dict[str, object]) -> None:
    with pytest.raises(LabelError, match=r"3 outputs.*2 class\(es\)"):
        load(f"{file}:make", classes=["a", "b"], **size)
    with pytest.raises(LabelError, match="negative first"):
        load(small_net(1), classes=["a"], **size)


def test_a_device_that_is_not_there(file: str, size: dict[str, object]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ConfigError, match="--device cpu"):
        load(f"{file}:make", device="cuda", **size)


def test_overflow_in_half_precision_is_found(small_net: Maker, size: dict[str, object]) -> None:
    net = small_net(last=lambda x: x * 1e6)
    assert load(net, dtype="bfloat16", **size).dtype == torch.bfloat16
    with pytest.raises(ModelError, match="overflow on cpu in float16"):
        load(net, dtype="float16", **size)


def test_folder_names() -> None:
    assert folder_name("demo:clean") == "demo-clean"
    assert folder_name("../../etc/passwd") == "etc-passwd"
    assert folder_name("...") == "model"
    assert len(folder_name("x" * 500)) == 80


def test_a_grey_network_that_widens_its_input_is_said() -> None:
    (warning,) = load(odd.Widened(), **odd.STATED).warnings
    assert "--channels 1" in warning
    assert "first convolution" in warning
    assert load(odd.Widened(), **odd.STATED, channels=3).warnings == []
    assert load(odd.Widened(), **odd.STATED, channels=1).warnings == []
    assert load(odd.Usual(), **odd.STATED).warnings == []
