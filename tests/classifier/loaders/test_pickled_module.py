import importlib
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.pickled_module import PickleLoader
from audit.errors import ModelError


def test_a_whole_module_needs_trust(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 3), tmp_path / "net.pt")
    with pytest.raises(ModelError, match="--trust-pickle"):
        PickleLoader().load(f"{tmp_path}/net.pt", Request(trust_pickle=False))
    candidate = PickleLoader().load(f"{tmp_path}/net.pt", Request(trust_pickle=True))
    assert (candidate.module.out_features, candidate.name) == (3, "net")


@pytest.mark.parametrize("trust", [False, True])
def test_a_state_dict_is_no_network(tmp_path: Path, trust: bool) -> None:
    torch.save(nn.Linear(2, 3).state_dict(), tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"no network.*name the architecture.*--weights net\.pth"):
        PickleLoader().load(f"{tmp_path}/net.pth", Request(trust_pickle=trust))


CODE = """
from torch import nn

class Net(nn.Linear):
    audit_input = dict(input_size=2, mean=0.5, std=0.5)

    def forward(self, x):
        return super().forward(x.flatten(1))
"""


def saved(folder: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A whole network, pickled, whose class stands in a file of its own beside it."""
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    (folder / f"{module}.py").write_text(CODE)
    importlib.invalidate_caches()
    torch.save(importlib.import_module(module).Net(12, 3), folder / "net.pt")
    del sys.modules[module]
    sys.path.remove(str(folder))
    return str(folder / "net.pt")


def test_the_code_of_a_whole_network_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = saved(tmp_path, "code_beside", monkeypatch)
    classifier = load(model, trust_pickle=True)
    assert classifier.logits(torch.rand(2, 3, 2, 2)).shape == (2, 3)
    assert "code_beside" not in sys.modules
    with pytest.raises(ModelError, match="--trust-pickle"):
        load(model)


def test_code_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = saved(tmp_path, "code_missing", monkeypatch)
    (tmp_path / "code_missing.py").unlink()
    with pytest.raises(ModelError, match=r"No module named 'code_missing'.*Fix: put code_missing\.py"):
        load(model, trust_pickle=True)


# The exception names `__main__`, which is described in an old way where a test process has it.
@pytest.mark.filterwarnings("ignore:BuiltinImporter.module_repr")
def test_a_class_of_the_script_that_saved_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = saved(tmp_path, "code_script", monkeypatch)
    with zipfile.ZipFile(model) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(model, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"ccode_script\n", b"c__main__\n"))
    with pytest.raises(ModelError, match=r"Can't get attribute 'Net'.*FILE\.py:FACTORY with --weights"):
        load(model, trust_pickle=True)
