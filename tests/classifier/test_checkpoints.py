import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from audit.classifier.checkpoints import apply_weights
from audit.errors import ModelError

Maker = Callable[..., nn.Module]


@pytest.fixture
def trained(small_net: Maker) -> nn.Module:
    net = small_net()
    with torch.no_grad():
        for p in net.parameters():
            p.add_(1)
    return net


def loaded(net: nn.Module, trained: nn.Module) -> bool:
    return all(torch.equal(v, trained.state_dict()[k]) for k, v in net.state_dict().items())


def test_safetensors(small_net: Maker, trained: nn.Module, tmp_path: Path) -> None:
    save_file(trained.state_dict(), tmp_path / "w.safetensors")
    net = small_net()
    assert not loaded(net, trained)
    apply_weights(net, tmp_path / "w.safetensors")
    assert loaded(net, trained)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: s,
        lambda s: {"state_dict": s, "epoch": 3, "loss": torch.tensor(1.0)},
        lambda s: {"model": {f"module.{k}": v for k, v in s.items()}},
        lambda s: {f"module._orig_mod.{k}": v for k, v in s.items()},
    ],
)
def test_nesting_and_prefixes(
    wrap: Callable[[dict[str, object]], object], small_net: Maker, trained: nn.Module, tmp_path: Path
) -> None:
    torch.save(wrap(trained.state_dict()), tmp_path / "w.pth")
    net = small_net()
    apply_weights(net, tmp_path / "w.pth")
    assert loaded(net, trained)


def under(prefix: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in state.items()}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: under("_orig_mod.module.", s),
        lambda s: under("backbone.", s),
        lambda s: {"state_dict": {**under("model.", s), "n_averaged": torch.tensor(5)}},
        lambda s: {"model_ema": {"n_averaged": torch.tensor(5), **under("module.", s)}},
        lambda s: {**s, "total_ops": torch.zeros(1), "conv.total_params": torch.zeros(1)},
        lambda s: {"state_dict": s, "copy": dict(s)},
    ],
)
def test_what_fits_exactly_is_taken(
    wrap: Callable[[dict[str, torch.Tensor]], object], small_net: Maker, trained: nn.Module, tmp_path: Path
) -> None:
    torch.save(wrap(trained.state_dict()), tmp_path / "w.pth")
    net = small_net()
    assert apply_weights(net, tmp_path / "w.pth") == []
    assert loaded(net, trained)


def test_what_is_left_out_is_said(small_net: Maker, trained: nn.Module, tmp_path: Path) -> None:
    state = trained.state_dict()
    lightning = {**under("model.", state), "criterion.weight": torch.ones(4)}
    some = {key: value + 1 for key, value in state.items() if "bias" not in key} | {
        "head.bias": torch.ones(3)
    }
    torch.save({"state_dict": lightning, "shadow": some}, tmp_path / "w.pth")
    net = small_net()
    left, partial = apply_weights(net, tmp_path / "w.pth")
    assert loaded(net, trained)
    assert "criterion.weight left out" in left
    assert "holds shadow, which lacks" in partial


@pytest.mark.parametrize(
    "wrap, names",
    [
        (lambda a, b: {"state_dict": a, "state_dict_ema": b}, ("state_dict", "state_dict_ema")),
        (lambda a, b: {"model": a, "model_ema": under("module.", b)}, ("model", "model_ema.module")),
        (lambda a, b: {**under("student.", a), **under("teacher.", b)}, ("student", "teacher")),
        (
            lambda a, b: {"state_dict": {**under("net.", a), **under("ema.", b)}},
            ("state_dict.net", "state_dict.ema"),
        ),
    ],
)
def test_two_sets_of_weights_are_never_chosen_silently(
    wrap: Callable[..., object], names: tuple[str, str], small_net: Maker, trained: nn.Module, tmp_path: Path
) -> None:
    averaged = {key: value + 0.5 for key, value in trained.state_dict().items()}
    file = tmp_path / "w.pth"
    torch.save(wrap(trained.state_dict(), averaged), file)
    net = small_net()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with pytest.raises(ModelError, match=r"2 different sets of weights.*--weights FILE#KEY") as caught:
        apply_weights(net, file)
    assert all(f"#{name}" in str(caught.value) for name in names)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    for name, expected in zip(names, (trained.state_dict(), averaged), strict=True):
        apply_weights(net, Path(f"{file}#{name}"))
        assert all(torch.equal(value, expected[key]) for key, value in net.state_dict().items())
    with pytest.raises(ModelError, match=f"no weights called 'nmae'; there are .*{names[0]}"):
        apply_weights(net, Path(f"{file}#nmae"))


def test_a_name_with_a_hash_is_a_file(small_net: Maker, trained: nn.Module, tmp_path: Path) -> None:
    torch.save(trained.state_dict(), tmp_path / "run#3.pth")
    net = small_net()
    apply_weights(net, tmp_path / "run#3.pth")
    assert loaded(net, trained)


def test_a_torchscript_archive_says_what_to_give_instead(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
        archive.writestr("w/constants.pkl", b"")
        archive.writestr("w/code/x.py", b"")
    for trusted in (False, True):
        with pytest.raises(ModelError, match=r"TorchScript archive.*FILE\.py:FACTORY.*--weights"):
            apply_weights(nn.Linear(1, 1), tmp_path / "w.pt", trust_pickle=trusted)


def test_what_does_not_fit_is_listed_with_counts(small_net: Maker, tmp_path: Path) -> None:
    state = small_net(5).state_dict()
    del state["conv.bias"]
    state |= {f"extra.{i}": torch.ones(1) for i in range(6)}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(ModelError) as caught:
        apply_weights(small_net(3), tmp_path / "w.safetensors")
    text = str(caught.value)
    assert "1 missing (conv.bias)" in text
    assert "6 unexpected (extra.0, extra.1, extra.2, extra.3 and 2 more)" in text
    assert "2 of other shape (" in text
    assert "head.weight [5, 6] for [3, 6]" in text


def test_an_absent_batch_counter_does_not_matter(tmp_path: Path) -> None:
    net = nn.BatchNorm2d(2)
    state = {k: v + 1 for k, v in net.state_dict().items() if k != "num_batches_tracked"}
    save_file(state, tmp_path / "w.safetensors")
    apply_weights(net, tmp_path / "w.safetensors")
    assert net.running_mean.tolist() == [1.0, 1.0]


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_pickles_run_only_with_trust(small_net: Maker, trained: nn.Module, tmp_path: Path) -> None:
    torch.save({"state_dict": trained.state_dict(), "bomb": Bomb(tmp_path / "ran")}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=r"pickled objects.*--trust-pickle"):
        apply_weights(small_net(), tmp_path / "w.pth")
    assert not (tmp_path / "ran").exists()
    net = small_net()
    apply_weights(net, tmp_path / "w.pth", trust_pickle=True)
    assert (tmp_path / "ran").exists()
    assert loaded(net, trained)


def test_a_trusted_whole_module_gives_its_weights(tmp_path: Path) -> None:
    trained = nn.Linear(2, 2)
    torch.save(trained, tmp_path / "w.pt")
    net = nn.Linear(2, 2)
    apply_weights(net, tmp_path / "w.pt", trust_pickle=True)
    assert loaded(net, trained)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("w.safetensors", b"garbage", "no readable safetensors"),
        ("w.safetensors", b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS.*git lfs pull"),
        ("w.pth", b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS.*git lfs pull"),
        ("w.pth", b"\xffgarbage", "neither a zip nor a pickle"),
        ("w.pth", b"", "neither a zip nor a pickle"),
        ("w.pth", b"PK\x03\x04garbage", "cannot be read"),
        ("w.pth", pickle.dumps([1, 2], protocol=2), "cannot be read: RuntimeError: Invalid magic"),
        ("w.h5", b"", "unknown kind of file '.h5'"),
    ],
)
def test_unreadable_files(name: str, content: bytes, message: str, small_net: Maker, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        apply_weights(small_net(), tmp_path / name)


def test_missing_file_and_no_tensors(small_net: Maker, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        apply_weights(small_net(), tmp_path / "w.pth")
    torch.save({"epoch": 3}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=r"save model\.state_dict"):
        apply_weights(small_net(), tmp_path / "w.pth")
