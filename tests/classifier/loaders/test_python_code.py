import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from audit.classifier import load
from audit.classifier.loaders import python_code as loader_python
from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.python_code import FileLoader, PackageLoader, load_file, load_package
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
        ("class Odd(BaseException):\n    pass\nraise Odd('x')", "Odd: x"),
    ):
        (folder / "bad.py").write_text(text)
        with pytest.raises(ModelError, match=f"importing the file raised {message}"):
            load_file(f"{folder}/bad.py:make")
    (folder / "bad.py").write_text("")
    with pytest.raises(ModelError, match="Fix: define one"):
        load_file(f"{folder}/bad.py:make")
    with pytest.raises(ModelError, match=r"no module named 'not_there'.*or install it"):
        PackageLoader().load("not_there.at_all:make", Request())
    with pytest.raises(ModelError, match=r"no module named 'torchvison'\. Fix: did you mean torchvision\?"):
        PackageLoader().load("torchvison:resnet18", Request())
    with pytest.raises(ModelError, match=r"importing json\.not_there raised ModuleNotFoundError"):
        PackageLoader().load("json.not_there:make", Request())


MEMBER = """
from ..widths_of_net import WIDTH
from .base_of_net import Net
import plain_of_net

def make():
    from . import late_of_net
    return Net(2, WIDTH)
"""


@pytest.fixture
def member(tmp_path: Path) -> Path:
    """A file with relative imports, and one of a neighbour by its bare name."""
    inner = tmp_path / "pkg" / "nets"
    inner.mkdir(parents=True)
    (tmp_path / "pkg" / "widths_of_net.py").write_text("WIDTH = 5")
    (inner / "base_of_net.py").write_text("from torch.nn import Linear as Net")
    (inner / "plain_of_net.py").write_text("")
    (inner / "late_of_net.py").write_text("")
    (inner / "tiny.py").write_text(MEMBER)
    return inner / "tiny.py"


def left_behind() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "pkg" or name.endswith("of_net")]


def packaged(member: Path) -> None:
    for folder in member.parents[:2]:
        (folder / "__init__.py").touch()


def test_a_file_with_relative_imports_is_imported_as_its_package(member: Path) -> None:
    packaged(member)
    path = list(sys.path)
    candidate = load_file(f"{member}:make")
    assert (candidate.module.out_features, candidate.name) == (5, "tiny-make")
    assert candidate.folder == member.parents[2]
    assert sys.path == path
    assert left_behind() == []
    # Edited and loaded again.
    (member.parents[1] / "widths_of_net.py").write_text("WIDTH = 7")
    assert load_file(f"{member}:make").module.out_features == 7


def test_another_package_of_that_name_is_not_taken_for_it(
    member: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged(member)
    top = member.parents[1].rename(member.parents[2] / "json")
    with pytest.raises(ModelError, match=r"json\.nets\.tiny.*rename the folder json"):
        load_file(f"{top}/nets/tiny.py:make")


def test_relative_imports_without_a_package_name_the_way_that_works(
    member: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(member.parents[2])
    with pytest.raises(ModelError, match=r"is no package.*pkg\.nets\.tiny:make") as caught:
        load_file("pkg/nets/tiny.py:make")
    assert caught.value.fix.endswith("pkg.nets.tiny:make")
    monkeypatch.syspath_prepend(member.parent)  # where its plain import is found
    assert load_package("pkg.nets.tiny:make").module.out_features == 5
    for name in left_behind():
        del sys.modules[name]
    monkeypatch.chdir(member.parent)
    with pytest.raises(ModelError, match=r"put an empty __init__\.py into .*pkg and the folders below it"):
        load_file("tiny.py:make")
    packaged(member)
    assert load_file("tiny.py:make").module.out_features == 5


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


@pytest.fixture
def own_helper(tmp_path: Path) -> Iterator[ModuleType]:
    """A module that the caller has imported, of a name that a network uses too."""
    (tmp_path / "caller").mkdir()
    (tmp_path / "caller" / "helper_in_forward.py").write_text("SCALE = 100")
    sys.path.insert(0, str(tmp_path / "caller"))
    own = importlib.import_module("helper_in_forward")
    sys.path.remove(str(tmp_path / "caller"))
    yield own
    sys.modules.pop("helper_in_forward", None)


def test_a_network_imports_its_own_module_and_the_caller_keeps_another(
    own_helper: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "net.py").write_text(
        "import helper_in_forward\nfrom torch import nn\n"
        "def make():\n    return nn.Linear(1, helper_in_forward.SCALE)\n"
    )
    (tmp_path / "helper_in_forward.py").write_text("SCALE = 3")
    for _ in range(2):
        assert load_file(f"{tmp_path}/net.py:make").module.out_features == 3
        assert sys.modules["helper_in_forward"] is own_helper
    # What both have from one file is one module.
    (tmp_path / "helper_in_forward.py").unlink()
    (tmp_path / "caller" / "net.py").write_text((tmp_path / "net.py").read_text())
    assert load_file(f"{tmp_path}/caller/net.py:make").module.out_features == 100


def test_a_module_that_the_caller_has_too_cannot_be_imported_while_a_network_runs(
    own_helper: ModuleType, lazy: Callable[[str, str], str]
) -> None:
    with pytest.raises(
        ModelError, match=r"the program that loads it import a module helper_in_forward.*rename it"
    ):
        load(lazy("one", "SCALE = 3"))
    assert sys.modules["helper_in_forward"] is own_helper
