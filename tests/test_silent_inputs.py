"""Inputs that would silently give a wrong report: each is used as it was meant, or refused in one line."""

import io
import json
import re
from pathlib import Path

import pytest
import tiny
import torch
from PIL import Image
from torch import nn

NETS = """
import os
import warnings
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent
os.chdir(HERE / "elsewhere")


class Plain(nn.Module):
    audit_input = dict(input_size=32, mean=0.5, std=0.25)

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 4)
        with torch.no_grad():
            self.head.weight.mul_(20)

    def forward(self, x):
        from helper_of_forward import pooled
        return self.head(pooled(torch.relu(self.conv(x))))


class PerCent(Plain):
    def forward(self, x):
        return super().forward(x).softmax(1) * 100


class FlooredLog(Plain):
    def forward(self, x):
        return super().forward(x).softmax(1).clamp(1e-3).log10()


class SoftVoting(nn.Module):
    audit_input = Plain.audit_input

    def __init__(self):
        super().__init__()
        self.a, self.b = Plain(), Plain()

    def forward(self, x):
        return (self.a(x).softmax(1) + self.b(x).softmax(1)) / 2


class LogVoting(SoftVoting):
    def forward(self, x):
        return torch.log(super().forward(x))


class Moves(Plain):
    def forward(self, x):
        os.chdir(HERE)
        return super().forward(x)


class Fixed(nn.Sequential):
    audit_input = Plain.audit_input

    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 22 * 22, 4))


class Extra(Plain):
    def forward(self, x, metadata):
        return super().forward(x)


def make():
    os.chdir(HERE)
    return Plain()


def scripted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(nn.Linear(2, 4), torch.zeros(1, 2))
"""
HELPER = """
def pooled(x):
    return x.mean((2, 3))
"""
FEW = ("robustness.steps=2", "robustness.images=4")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory; networks, class lists, weights and photographs beside it."""
    nets, work = tmp_path / "nets", tmp_path / "work"
    (nets / "elsewhere").mkdir(parents=True)
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.syspath_prepend(str(work))  # what loading adds to the import path goes again
    (nets / "nets.py").write_text(NETS)
    (nets / "helper_of_forward.py").write_text(HELPER)
    (work / "shuffled.txt").write_text("owl\t3\ncat\t0\ndog\t1\nfox\t2\n")
    torch.manual_seed(3)
    state = {
        "conv.weight": torch.randn(8, 3, 3, 3), "conv.bias": torch.randn(8),
        "head.weight": torch.randn(4, 8), "head.bias": torch.randn(4),
    }  # fmt: skip
    torch.save({"model": state, "model_ema": {k: v / 2 for k, v in state.items()}}, work / "both.pth")
    torch.save(nn.Linear(1, 1), work / "whole.pt")
    for number in range(6):
        tiny.photograph(work / "photos" / ("cat", "owl")[number % 2] / f"{number}.png", number)
    picture = io.BytesIO()
    with Image.open(work / "photos" / "cat" / "0.png") as image:
        image.save(picture, "JPEG")
    (work / "photos" / "cat" / "7.jfif").write_bytes(picture.getvalue())
    (work / "photos" / "cat" / "8.heic").write_bytes(b"not read")
    return work


def test_a_run_takes_every_input_as_it_was_meant(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("../nets/nets.py:make", "--classes", "shuffled.txt", "--weights", "both.pth#model_ema")
    code = tiny.command("run", *words, "--images", "photos", *tiny.flags(*FEW), "--out", "here")
    said = capsys.readouterr()
    assert code == 0, said.err
    page = said.out.splitlines()[-1]
    assert page == "here/index.html"
    assert (place / page).is_file(), "the report is where the last line says, though the network's file moved"
    assert sorted(path.name for path in place.parent.iterdir()) == ["nets", "work"]
    assert not (place.parent / "nets" / "here").exists()
    results = json.loads((place / "here" / "results.json").read_text())
    assert [c["name"] for c in results["model"]["classes"]] == ["cat", "dog", "fox", "owl"]
    photographs = results["photographs"]
    assert (photographs["found"], photographs["used"]) == (8, 7)
    assert photographs["skipped"] == {"of a kind that is not read (.heic)": 1}


@pytest.mark.parametrize(
    "words, message",
    [
        (["PerCent"], "every row sums to 100.*return the layer before"),
        (["FlooredLog"], "made of probabilities.*log_softmax"),
        (["SoftVoting"], "sums to 1.*natural logarithm of the mean"),
        (["Moves"], "changes the working directory.*os.chdir"),
        (["Fixed", "--input-size", "32"], "does not run on images of 3 x 32 x 32.*--input-size 24"),
        (["Extra"], "metadata.*Fix: its forward needs metadata too"),
        (["scripted", "--input-size", "8"], r"TorchScript module.*FILE\.py:FACTORY"),
        (["Plain", "--weights", "both.pth"], "2 different sets of weights: model, model_ema.*FILE#KEY"),
        (["Plain", "--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375"], "mean is 123.675"),
        (["Plain", "--mean", "0.5", "--std", "127.5"], "std is 127.5.*--std 0.5,0.5,0.5"),
        (
            ["Plain", "--trust-pickle", "--transfer-model", "whole.pt"],
            "transfer model whole.pt.*pickled objects.*safetensors",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_would_be_wrong_without_a_word_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    before = tiny.tree(place)
    code = tiny.command("run", f"../nets/nets.py:{words[0]}", *words[1:], "--out", "here")
    said = capsys.readouterr()
    assert (code, said.out) == (2, ""), said.err
    assert re.fullmatch(r"(loading [^\n]+\n)?audit: [^\n]+ Fix: [^\n]+\n", said.err), said.err
    assert re.search(message, said.err), said.err
    assert tiny.tree(place) == before


def test_the_advised_logarithm_of_a_mean_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = tiny.command("run", "../nets/nets.py:LogVoting", *tiny.flags(), "--only", "0", "--out", "here")
    assert code == 0, capsys.readouterr().err
    (warning, _) = json.loads((place / "here" / "results.json").read_text())["model"]["warnings"]
    assert "log-probabilities" in warning
