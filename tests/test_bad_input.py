"""Whatever is given wrong ends in one line with its fix, exit code 2, and nothing written."""

import json
import re
import shutil
from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import save_file
from torch import nn

from audit.classifier import load

BROKEN = """
import torch
from torch import nn

def net(**path):
    pool = nn.AdaptiveAvgPool2d(1)
    made = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), pool, nn.Flatten(), nn.Linear(4, 6))
    made.audit_input = path or dict(input_size=32, mean=0.5, std=0.25)
    return made

def raises():
    raise RuntimeError("first line\\nsecond line")

def no_module():
    return {"weights": 1}

def probabilities():
    made = nn.Sequential(net(), nn.Softmax(1))
    made.audit_input = dict(input_size=32, mean=0.5, std=0.25)
    return made

def poisoned():
    made = net()
    with torch.no_grad():
        made[-1].bias[2] = float("nan")
    return made

def silent():
    made = net()
    del made.audit_input
    return made
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: networks, class lists and configurations, right and wrong."""
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    (tmp_path / "bad.py").write_text(BROKEN)
    (tmp_path / "two.txt").write_text("cat\ndog\n")
    (tmp_path / "typo.toml").write_text("[synthesis]\nveiws = 3\n")
    (tmp_path / "broken.toml").write_text("[synthesis\n")
    (tmp_path / "regular").write_text("a file\n")
    (tmp_path / "baseline.json").write_text("{}")
    save_file({"0.weight": torch.ones(1), "other": torch.ones(1)}, tmp_path / "w.safetensors")
    torch.save(nn.Linear(1, 1), tmp_path / "whole.pt")
    return tmp_path


def line_of(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that refused."""
    said = capsys.readouterr()
    said = said._replace(err=re.sub(r"\Aloading [^\n]*\n", "", said.err))
    assert code == 2, said.err
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("audit: ")
    assert "Fix: " in said.err
    return said.err


def doctors_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The same of `audit doctor`, which shows above it what held until then."""
    assert tiny.command("doctor", *words) == 2
    return re.sub(r"\Aloading [^\n]*\n", "", capsys.readouterr().err)


GOOD = "net1.py:make"


@pytest.mark.parametrize(
    "words, message",
    [
        (["resnet18"], r"unknown kind of model 'resnet18'.*torchvision:resnet18"),
        (["dmeo"], "did you mean demo"),
        (["missing.py:make"], r"missing\.py: no such file.*check the path"),
        (["net1.py:maek"], "did you mean make"),
        (["bad.py:raises"], "first line second line"),
        (["bad.py:no_module"], "dict"),
        (
            [GOOD, "--weights", "w.safetensors"],
            r"missing \(.*unexpected \(other\).*0\.weight \[1\] for \[8, 3",
        ),
        ([GOOD, "--weights", "none.safetensors"], "no such file"),
        ([GOOD, "--weights", "whole.pt"], "--trust-pickle"),
        (["whole.pt"], "--trust-pickle"),
        ([GOOD, "--classes", "two.txt"], r"6 outputs, but 2 class.*exactly 6 classes"),
        ([GOOD, "--classes", "nowhere.txt"], "no such file or folder"),
        (["bad.py:probabilities"], "probabilities"),
        (["bad.py:poisoned"], "NaN.*4.bias|4.bias.*NaN"),
        (["bad.py:silent"], "--input-size and --mean and --std"),
        ([GOOD, "--mean", "0.5;0.5"], "--mean: expected numbers"),
        ([GOOD, "--mean", "0.5,0.5"], "each of 3 channel"),
        ([GOOD, "--std", "0"], "std must be above 0"),
        ([GOOD, "--input-size", "big"], "--input-size: expected a side"),
        ([GOOD, "--input-size", "8x8x8"], "--input-size: expected a side"),
        ([GOOD, "--resize", "7"], "--resize 32 or more"),
        ([GOOD, "--interpolation", "sharp"], "bilinear, bicubic or nearest"),
        ([GOOD, "--task", "ranking"], "single-label or multi-label"),
        ([GOOD, "--device", "abacus"], "--device cpu"),
        ([GOOD, "--set", "synthesis.veiws=3"], r"did you mean 'synthesis\.views'"),
        ([GOOD, "--set", "veiws=3"], r"did you mean 'synthesis\.views'"),
        ([GOOD, "--set", "synthesis.views"], "expected KEY=VALUE"),
        ([GOOD, "--set", "synthesis.views=0"], r"synthesis\.views: .*greater than or equal to 1"),
        ([GOOD, "--set", "synthesis.views=many"], r"synthesis\.views: .*'many'"),
        ([GOOD, "--set", "synthesis=4"], r"synthesis: "),
        ([GOOD, "--set", "synthesis.rate=inf"], r"synthesis\.rate: .*finite"),
        ([GOOD, "--set", "synthesis.crop=[0.9, 0.5]"], r"synthesis\.crop: .*low <= high"),
        ([GOOD, "--set", "synthesis.objective=loud"], "'logit', 'margin' or 'mix'"),
        ([GOOD, "--seed", "-1"], "seed: "),
        ([GOOD, "--preset", "quik"], "did you mean 'quick'"),
        ([GOOD, "--preset", "typo.toml"], r"did you mean 'synthesis\.views'"),
        ([GOOD, "--preset", "broken.toml"], "expected TOML"),
        ([GOOD, "--preset", "none.toml"], "cannot read the configuration"),
        ([GOOD, "--only", "dumbell"], "did you mean 'dumbbell'"),
        ([GOOD, "--only", "6"], "class 6 does not exist.*0 to 5"),
        ([GOOD, "--only", "--5:"], "no class is called"),
        ([GOOD, "--only", "10:20"], "no class chosen"),
        ([GOOD, "--baseline", "none.json"], "cannot read the baseline"),
        ([GOOD, "--baseline", "baseline.json"], "expected a baseline"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_line_and_nothing_written(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    before = tiny.tree(place)
    line = line_of(tiny.command("run", *words), capsys)
    assert re.search(message, line), line
    assert doctors_line(words, capsys) == line
    assert tiny.tree(place) == before


@pytest.mark.parametrize("out", ["regular", "regular/below", "regular/far/below"])
@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_an_output_that_is_no_folder(
    place: Path, capsys: pytest.CaptureFixture[str], out: str, fresh: list[str]
) -> None:
    before = tiny.tree(place)
    line = line_of(tiny.command("run", GOOD, "--out", out, *fresh), capsys)
    assert "--out FOLDER" in line
    assert "--fresh" not in line
    assert doctors_line([GOOD, "--out", out, *fresh], capsys) == line
    assert tiny.tree(place) == before
    assert tiny.tree(place) == before


@pytest.mark.parametrize(
    "names",
    [["notes.txt"], ["images/holiday.png"], ["units/a.json"], ["index.html"], ["run.json"], [".tmp-x"]],
    ids=lambda names: names[0],
)
@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_folder_of_somebody_else_is_never_touched(
    place: Path, capsys: pytest.CaptureFixture[str], names: list[str], fresh: list[str]
) -> None:
    for name in names:
        path = place / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"version": "of something else"}))
    before = tiny.tree(place)
    line = line_of(tiny.command("run", GOOD, "--out", "mine", *fresh), capsys)
    assert "--out FOLDER" in line
    assert tiny.tree(place) == before


def test_a_damaged_header_is_not_taken_for_a_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "mine").mkdir()
    (place / "mine" / "run.json").write_bytes(b"\xff{")
    before = tiny.tree(place)
    assert "run.json cannot be read" in line_of(tiny.command("run", GOOD, "--out", "mine"), capsys)
    assert tiny.tree(place) == before


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of the network of `place`."""
    own = tmp_path_factory.mktemp("finished") / "run"  # commands that work in it are tried
    return Path(shutil.copytree(tiny.finished(tmp_path_factory), own))


@pytest.mark.parametrize(
    "model, extra, message",
    [
        ("net2.py:make", [], r"model weights was \w+….* is "),
        (GOOD, ["--set", "synthesis.views=10"], "configuration synthesis views was 8, is 10"),
        (GOOD, ["--seed", "7"], "configuration seed was 0, is 7"),
        (GOOD, ["--mean", "0.4"], r"model preprocessing mean was \[0.5, 0.5, 0.5\], is \[0.4, 0.4, 0.4\]"),
        (GOOD, ["--task", "multi-label"], "model task was single-label, is multi-label"),
    ],
    ids=["weights", "views", "seed", "mean", "task"],
)
def test_a_folder_of_another_run_names_the_difference(
    place: Path,
    finished: Path,
    capsys: pytest.CaptureFixture[str],
    model: str,
    extra: list[str],
    message: str,
) -> None:
    tiny.write(place, seed=2)
    before = tiny.tree(finished)
    line = line_of(tiny.command("run", model, *tiny.flags(), *extra, "--out", str(finished)), capsys)
    assert re.search(message, line), line
    assert "--fresh" in line
    assert tiny.tree(finished) == before


def test_fresh_starts_over_and_leaves_what_is_not_the_runs(place: Path) -> None:
    out = place / "run"
    first = tiny.audit_tiny(GOOD, out)
    (out / "notes.txt").write_text("mine\n")
    old = first.page.read_bytes()
    tiny.write(place, seed=2)
    assert tiny.command("run", "net2.py:make", *tiny.flags(), "--out", "run", "--fresh") == 0
    assert (out / "notes.txt").read_text() == "mine\n"
    assert (out / "index.html").read_bytes() != old
    results = json.loads((out / "results.json").read_text())
    assert results["model"]["identity"] == load("net2.py:make").identity.model_dump()
    assert results["run"]["timing"]["sessions"] == 1
    assert len(list((out / "units" / "statistics").iterdir())) == 1


def test_only_with_fresh_removes_pictures_of_the_run_before(place: Path) -> None:
    tiny.audit_tiny(GOOD, place / "run")
    tiny.audit_tiny(GOOD, place / "run", only=[2], fresh=True)
    names = {path.name for path in (place / "run" / "images" / "pictures").iterdir()}
    assert names == {"0002-restart0.png", "0002-restart1.png"}


def test_a_hostile_label_is_shown_as_text(place: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    (place / "labels.txt").write_text(f"{hostile}\nb\nc\nd\ne\nf\n")
    assert tiny.command("run", GOOD, *tiny.flags(), "--classes", "labels.txt", "--out", "run") == 0
    page = (place / "run" / "index.html").read_text()
    assert "<img src=x" not in page
    assert page.count("<script") == page.count("</script>")
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    assert json.loads((place / "run" / "results.json").read_text())["model"]["classes"][0]["name"] == hostile
