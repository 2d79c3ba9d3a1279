import warnings
from pathlib import Path
from types import MethodType
from typing import Any

import odd_networks as odd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from audit.classifier import load
from audit.classifier.plain_modules import unwrapped
from audit.errors import ModelError

IMAGES = torch.linspace(0, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)


def answers(module: Any, **stated: Any) -> torch.Tensor:
    return load(module, **{**odd.STATED, **stated}).logits(IMAGES)


def test_compiled_networks_are_those_inside() -> None:
    network = odd.seeded(odd.Usual)
    network.audit_input = {"input_size": 32, "mean": 0.5, "std": 0.5}
    compiled: Any = torch.compile(network, backend="eager")
    classifier = load(compiled)
    assert type(classifier.module) is odd.Usual
    assert classifier.notes == [
        "The network inside torch.compile is audited: the wrapper answers the same, and hides its layers."
    ]
    torch.testing.assert_close(classifier.logits(IMAGES), answers(network))
    inside = odd.seeded(odd.Usual)
    inside.next = torch.compile(inside.next, backend="eager")
    classifier = load(inside, **odd.STATED)
    assert type(classifier.module.next) is nn.Conv2d
    assert len(classifier.notes) == 1
    assert "_orig_mod" not in "".join(classifier.module.state_dict())


def test_weights_saved_of_compiled_layers_fit(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\nfrom odd_networks import Usual\n"
        "def make():\n    net = Usual()\n"
        "    net.next = torch.compile(net.next, backend='eager')\n    return net\n"
    )
    saved = odd.seeded(odd.Usual)
    saved.next = torch.compile(saved.next, backend="eager")
    save_file(
        {key: value.contiguous() for key, value in saved.state_dict().items()}, tmp_path / "w.safetensors"
    )
    found = answers(f"{tmp_path}/net.py:make", weights=tmp_path / "w.safetensors")
    torch.testing.assert_close(found, answers(odd.seeded(odd.Usual)))


def test_parallel_networks_are_those_inside() -> None:
    network = odd.seeded(odd.Usual)
    network.audit_classes = ["cat", "dog", "owl", "fox"]
    classifier = load(nn.DataParallel(network), **{**odd.STATED, "classes": None})
    assert type(classifier.module) is odd.Usual
    assert [c.name for c in classifier.classes] == ["cat", "dog", "owl", "fox"]
    notes: list[str] = []
    assert unwrapped(nn.DataParallel(nn.DataParallel(network)), notes) is network
    assert len(notes) == 1


def test_compiled_in_place() -> None:
    network = odd.seeded(odd.Usual)
    network.compile(backend="eager")
    torch.testing.assert_close(answers(network), answers(odd.seeded(odd.Usual)))


def test_lazy_layers_are_filled_by_a_fixed_seed_and_take_weights(tmp_path: Path) -> None:
    spec = f"{odd.FILE}:lazy"
    classifier = load(spec, **odd.STATED)
    assert classifier.input.channels == 3
    assert torch.equal(answers(spec), answers(spec))
    weights = {k: v.contiguous() + 1 for k, v in classifier.module.state_dict().items()}
    save_file(weights, tmp_path / "w.safetensors")
    filled = load(spec, weights=tmp_path / "w.safetensors", **odd.STATED)
    assert torch.equal(filled.module.state_dict()["0.weight"], weights["0.weight"])
    with pytest.raises(ModelError, match=r"cannot be copied.*Fix: run it once"):
        load(odd.lazy(), **odd.STATED)


def test_lazy_layers_that_a_pass_does_not_reach(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nfrom odd_networks import Usual\n"
        "def make():\n    net = Usual()\n    net.unused = nn.LazyLinear(3)\n    return net\n"
        "def fails():\n    return nn.Sequential(nn.LazyConv2d(8, 3), nn.Flatten(), nn.Linear(7, 4))\n"
    )
    with pytest.raises(ModelError, match=r"still lazy.*Fix: remove the layers"):
        load(f"{tmp_path}/net.py:make", **odd.STATED)
    with pytest.raises(ModelError, match=r"first pass, which fails on images of 3 x 32 x 32.*Fix: "):
        load(f"{tmp_path}/net.py:fails", **odd.STATED)


def test_scripted_exported_and_quantised_networks_say_what_to_give() -> None:
    network = odd.seeded(odd.Usual).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are on their way out of torch
        scripted = torch.jit.script(odd.seeded(lambda: nn.Sequential(nn.Flatten(), nn.Linear(3072, 4))))
        exported = torch.export.export(network, (torch.randn(2, 3, 32, 32),)).module()
        quantised = torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, dtype=torch.qint8)
        with pytest.raises(ModelError, match=r"is a TorchScript module.*Fix: give the network's Python code"):
            load(scripted, **odd.STATED)
        with pytest.raises(ModelError, match=r"inside the network cannot be audited: 0\. Fix: build them"):
            load(nn.Sequential(scripted), **odd.STATED)
        with pytest.raises(ModelError, match=r"is an exported program.*Fix: .*before torch.export"):
            load(exported, **odd.STATED)
        with pytest.raises(ModelError, match=r"quantised layers: head\. Fix: audit the float network"):
            load(quantised, **odd.STATED)


def test_an_eval_that_raises() -> None:
    class Stubborn(odd.Usual):
        def eval(self) -> Any:
            raise odd.Unusual("no")

    with pytest.raises(ModelError, match=r"test_plain_modules\.py:\d+: .*eval mode.*Unusual: no\. Fix: make"):
        load(Stubborn(), **odd.STATED)


def doubles(wrapper: nn.Module, way: str) -> nn.Module:
    if way == "hook":
        wrapper.register_forward_hook(lambda module, args, output: 2 * output)
    elif way == "pre-hook":
        wrapper.register_forward_pre_hook(lambda module, args: (2 * args[0],))
    else:
        wrapper.forward = MethodType(lambda self, x: 2 * type(self).forward(self, x), wrapper)
    return wrapper


@pytest.mark.parametrize("way", ["hook", "pre-hook", "forward"])
def test_wrappers_that_change_the_answer_stay(way: str) -> None:
    network = doubles(nn.DataParallel(odd.seeded(odd.Usual)), way)
    classifier = load(network, **odd.STATED)
    assert classifier.notes == []
    with torch.no_grad():
        wanted = network.eval()(IMAGES * 2 - 1)
    torch.testing.assert_close(classifier.logits(IMAGES), wanted)
    assert not torch.allclose(wanted, answers(odd.seeded(odd.Usual)))


def test_compiled_networks_with_hooks_stay_wrapped() -> None:
    compiled: Any = torch.compile(odd.seeded(odd.Usual), backend="eager")
    assert unwrapped(compiled, []) is not compiled
    assert unwrapped(doubles(compiled, "hook"), []) is compiled


def test_a_forward_that_holds_the_original_is_one_line() -> None:
    network = odd.seeded(odd.Usual).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    old = network.forward
    network.forward = lambda x: old(x) * 2
    with pytest.raises(ModelError, match=r"forward of Usual was replaced .* Fix: give a network that has"):
        answers(network)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    inside = nn.Sequential(network)
    with pytest.raises(ModelError, match="forward of 0 was replaced"):
        answers(inside)
    # One that is bound to the network goes with the copy.
    network.forward = MethodType(lambda self, x: 2 * type(self).forward(self, x), network)
    torch.testing.assert_close(answers(network), 2 * answers(odd.seeded(odd.Usual)))
