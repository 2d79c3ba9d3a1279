import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.loaders import python_code as loader_python
from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.python_code import FileLoader, load_file, load_package
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
        FileLoader().load(f"{folder}/nets.py:make", Request())
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


LAZY = """
import torch
from torch import nn

class Net(nn.Linear):
    audit_input = dict(input_size=2, mean=0.5, std=0.5)
    def __init__(self):
        super().__init__(12, 3)
    def forward(self, x):
        import helper_in_forward
        return super().forward(x.flatten(1)) * helper_in_forward.SCALE
"""


@pytest.fixture
def lazy(tmp_path: Path) -> Iterator[Callable[[str, str], str]]:
    """Writes a network whose `forward` imports from its folder; gives its specification."""

    def write(place: str, helper: str) -> str:
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "net.py").write_text(LAZY)
        (tmp_path / place / "helper_in_forward.py").write_text(helper)
        return f"{tmp_path}/{place}/net.py:Net"

    path = list(sys.path)
    yield write
    sys.path[:] = path
    sys.modules.pop("helper_in_forward", None)
    loader_python._lazy.clear()


def test_a_network_imports_from_its_folder_while_it_runs(lazy: Callable[[str, str], str]) -> None:
    path = list(sys.path)
    classifier = load(lazy("one", "SCALE = 3"))
    images = torch.rand(2, 3, 2, 2)
    expected = 3 * nn.functional.linear(
        ((images - 0.5) / 0.5).flatten(1), classifier.module.weight, classifier.module.bias
    )
    torch.testing.assert_close(classifier.logits(images), expected)
    assert sys.path[: len(path)] == path, "what the caller imports comes first"
    # Edited and loaded again: the new module, not the one that is loaded.
    again = load(lazy("one", "SCALE = 5"))
    torch.testing.assert_close(again.logits(images) * 3, expected * 5)
    assert len(sys.path) == len(path) + 1


def test_two_networks_never_run_each_others_modules(lazy: Callable[[str, str], str]) -> None:
    first, images = load(lazy("one", "SCALE = 3")), torch.rand(2, 3, 2, 2)
    before = first.logits(images)
    with pytest.raises(ModelError, match=r"two networks import a module helper_in_forward.*rename it"):
        load(lazy("two", "SCALE = 5"))
    assert torch.equal(first.logits(images), before)
    del first
    assert load(lazy("two", "SCALE = 5")).logits(images).shape == (2, 3), "the other network is gone"


def test_a_module_that_is_missing_is_said_and_no_size_advised(lazy: Callable[[str, str], str]) -> None:
    spec = lazy("one", "import not_there_at_all")
    with pytest.raises(ModelError, match=r"ModuleNotFoundError.*not_there_at_all.*install what it") as caught:
        load(spec)
    assert "--input-size" not in str(caught.value)
    assert "helper_in_forward" not in sys.modules
