import resource
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_TORCH = """
import sys
from audit.cli.main import main
sys.modules["torch"] = None  # an import of it fails
sys.argv = ["audit", *sys.argv[1:]]
main()
"""


def told(folder: Path, *words: str) -> str:
    """What a command says that cannot import torch; one that tries ends as a defect."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *words], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


CPU_SECONDS = 1.0


@pytest.mark.parametrize(
    "words",
    [
        ["run", "torchvision:resnet5O"],
        ["run", "demo", "--preset", "quik"],
        ["run", "demo", "--images", "nowhere"],
        ["run", "demo", "--policy", "relese"],
        ["doctor", "demo", "--images", "nowhere"],
        ["run", "demo", "--counterexamples", "dumbbell=nowhere"],
    ],
    ids=" ".join,
)
def test_a_slip_is_told_within_a_second_of_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """The least of three, with the modules compiled as they are once installed."""
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "compiled"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-m", "audit", *words], cwd=tmp_path, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 2
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(seconds) < CPU_SECONDS


@pytest.mark.parametrize(
    "words, message",
    [
        (["run", "demmo"], "did you mean demo"),
        (["run", "demo:dirty"], "unknown demo network"),
        (["run", "none.py:make"], "none.py: no such file"),
        (["run", "net.py:"], "which function builds the network?"),
        (["run", "none.pt"], "no such file"),
        (["run", "torchvision:resnet5O"], "did you mean resnet50"),
        (["run", "torchvison:resnet50"], "no module named 'torchvison'. Fix: did you mean torchvision?"),
        (["run", "no_such_package.nets:make"], "no module named 'no_such_package'"),
        (["plan", "demo", "--preset", "quik"], "did you mean 'quick'"),
        (["run", "demo", "--set", "synthesis.veiws=3"], "did you mean 'synthesis.views'"),
        (["run", "demo", "--policy", "relese"], "did you mean 'release'"),
        (["run", "demo", "--classes", "none.txt"], "no such file or folder"),
        (["run", "demo", "--weights", "none.pth"], "no such file"),
        (["run", "demo", "--images", "nowhere"], "expected a folder of photographs"),
        (["run", "demo", "--counterexamples", "dumbbell=nowhere"], "got nothing there"),
        (["plan", "demo", "--counterexamples", "dumbbell"], "expected CLASS=FOLDER"),
        (["run", "demo", "--baseline", "none.json"], "cannot read the baseline"),
        (["run", "demo", "--transfer-model", "resnet"], "transfer model resnet: unknown kind of model"),
        (["run", "demo", "--transfer-model", "none.toml"], "cannot read the transfer model"),
        (["run", "demo", "--out", "."], "got a folder with other files"),
        (["doctor", "none.py:make"], "none.py: no such file"),
        (["doctor", "demo", "--policy", "relese"], "did you mean 'release'"),
        (["layers", "demmo"], "did you mean demo"),
        (["draw", "demmo", "--unit", "a"], "did you mean demo"),
        (["dream", "noise", "--model", "torchvision:vgg61"], "did you mean vgg19, vgg16"),
        (["invert", "photo.png", "--model", "none.py:make"], "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_needs_no_torch_is_told_without_it(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "other.txt").touch()
    assert message in told(tmp_path, *words)
