import sys
from pathlib import Path

import pytest

from audit.classifier.loader_python import load_file, load_package
from audit.errors import ModelError

SOURCE = """
import torch
from helper_of_net import WIDTH
from torch import nn

ready = nn.Linear(2, 9)

class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, WIDTH)
        self.audit_classes = ("x", "y")

def make():
    import late_of_net
    return Net()

def _private():
    return None
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(SOURCE)
    (tmp_path / "helper_of_net.py").write_text("WIDTH = 5")
    (tmp_path / "late_of_net.py").write_text("")
    return tmp_path


def test_function_class_and_network_with_siblings(folder: Path) -> None:
    path = list(sys.path)
    candidate = load_file(f"{folder}/net.py:make")
    assert candidate.module.out_features == 5
    assert (candidate.name, candidate.declared_classes) == ("net-make", ("x", "y"))
    assert load_file(f"{folder}/net.py:Net").module.out_features == 5
    assert load_file(f"{folder}/net.py:ready").module.out_features == 9
    assert sys.path == path
    assert not {"net", "helper_of_net", "late_of_net"} & set(sys.modules)
    assert not (folder / "__pycache__").exists()


def test_two_files_each_with_their_own_helper(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "net.py").write_text(SOURCE)
    (other / "helper_of_net.py").write_text("WIDTH = 7")
    (other / "late_of_net.py").write_text("")
    assert load_file(f"{folder}/net.py:make").module.out_features == 5
    assert load_file(f"{other}/net.py:make").module.out_features == 7


def test_packages_and_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pkg_of_net").mkdir()
    (folder / "pkg_of_net" / "zoo.py").write_text(SOURCE.replace("import late_of_net", "pass"))
    monkeypatch.chdir(folder)
    candidate = load_package("pkg_of_net.zoo:make")
    assert (candidate.module.out_features, candidate.name) == (5, "zoo-make")
    for name in ("pkg_of_net", "pkg_of_net.zoo", "helper_of_net"):
        sys.modules.pop(name)


def test_failures(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"no factory 'mkae' there\. Fix: did you mean make"):
        load_file(f"{folder}/net.py:mkae")
    with pytest.raises(ModelError, match="no such file"):
        load_file(f"{folder}/nets.py:make")
    for text, message in (
        ("import not_there_at_all", "ModuleNotFoundError"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ):
        (folder / "bad.py").write_text(text)
        with pytest.raises(ModelError, match=f"importing the file raised {message}"):
            load_file(f"{folder}/bad.py:make")
    (folder / "bad.py").write_text("")
    with pytest.raises(ModelError, match="Fix: define one"):
        load_file(f"{folder}/bad.py:make")
    with pytest.raises(ModelError, match="No module named 'not_there'"):
        load_package("not_there.at_all:make")
    with pytest.raises(ModelError, match=r"did you mean torchvision\?"):
        load_package("torchvison:resnet18")
