"""What `audit.doctor` says of networks that load and of those that do not."""

import hashlib
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import tiny
import torch
from safetensors.torch import save_file
from torch import nn

import audit
import audit.classifier.transfer_model
from audit.classifier.candidate import Candidate
from audit.classifier.steps import reached, watching
from audit.diagnosis.diagnosis import Diagnosis
from audit.diagnosis.loading_rows import loading_rows
from audit.diagnosis.untrained import untouched_norms
from audit.runner.store import Store

MUTE = {"input_size": 32, "mean": 0.5, "std": 0.25}


def network(outputs: int = 6) -> nn.Sequential:
    """A network that states nothing of its preprocessing and classes."""
    layers = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return nn.Sequential(*layers, nn.Linear(4, outputs))


def doctor(model: Any, **keywords: Any) -> Diagnosis:
    """`audit.doctor` with small settings."""
    return audit.doctor(model, **{"set": tiny.SETTINGS, **keywords})


def said(found: Diagnosis, part: str) -> dict[str, tuple[str, str]]:
    return {row.what: (row.value, row.source) for row in found.rows if row.part == part}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    return tmp_path


def test_every_value_of_a_network_that_says_all_has_its_source(place: Path) -> None:
    before = tiny.tree(place)
    found = doctor("net1.py:make")
    assert (found.error, found.exit_code, found.starts) == (None, 0, True)
    own = "the model's own audit_input"
    assert said(found, "preprocessing") == {
        "input": ("32 x 32 px", own),
        "channels": ("3", "the network's first convolution"),
        "channel order": ("red, green, blue", "default"),
        "resize and crop": ("resized straight to the input, no crop", "default"),
        "small photographs": ("left out", "default"),
        "interpolation": ("bilinear", "default"),
        "mean": ("0.5, 0.5, 0.5", own),
        "std": ("0.25, 0.25, 0.25", own),
        "black and white become": ("-2 and 2", "mean and std"),
    }
    parameters = 3 * 8 * 9 + 8 + 8 * 12 * 9 + 12 + 12 * 6 + 6
    seen = said(found, "network")
    assert seen["model"] == ("net1.py:make", "stated by the user")
    assert (seen["loader"][0], seen["type"][0], seen["name"][0]) == ("file", "Sequential", "net1-make")
    assert seen["parameters"][0] == f"{parameters:,} in 6 tensors"
    assert seen["last layer"][0] == "6: linear, 12 to 6"
    assert said(found, "outputs")["number"] == ("6", "proved on four probe pictures")
    assert said(found, "outputs")["task"] == ("single-label", "default")
    classes = said(found, "classes")
    assert classes["number"] == ("6", "the model's own audit_classes")
    assert classes["first and last"][0] == '"banana", "dumbbell", "goldfish" … "pear", "plum"'
    assert said(found, "proofs")["penultimate features"][0] == "the input of layer 6"
    assert {value for value, _ in said(found, "proofs").values()} == {"yes", "the input of layer 6"}
    run = said(found, "run")
    assert run["audited classes"] == (
        '6 of 6: "banana", "dumbbell", "goldfish" and 3 more',
        "all, without --only",
    )
    assert run["pictures"][0].startswith("6 classes, 48 views, ")
    assert run["output folder"] == ("reports/net1-make: new or empty", "default")
    assert "draws 6 classes, 2 pictures of each" in found.run
    assert "reports/net1-make" in found.run
    assert tiny.tree(place) == before


def test_a_network_that_says_nothing_shows_what_held_and_what_is_missing(place: Path) -> None:
    found = doctor(network(), classes=list("abcdef"), mean=0.5)
    assert isinstance(found.error, audit.PreprocessingError)
    assert found.exit_code == 2
    assert found.run == ""
    assert said(found, "preprocessing") == {
        "declared": ("nothing", "the network has no audit_input"),
        "mean": ("0.5", "stated by the user"),
    }
    assert said(found, "network")["first layer"][0] == "0: convolution 3 x 3, 3 to 4 channels"
    assert said(found, "classes")["number"] == ("6", "stated by the user")
    proofs = said(found, "proofs")
    assert list(proofs) == ["preprocessing is known", "not tried yet"]
    assert proofs["preprocessing is known"][0].startswith("NO")
    assert "gradient at the input" in proofs["not tried yet"][0]
    assert str(found).splitlines()[-1] == str(found.error)
    # In Python the fix names keywords.
    assert "input_size=" in str(found.error)
    assert "--input-size" not in str(found.error)


def test_what_the_user_states_has_the_user_as_its_source(place: Path) -> None:
    found = doctor(network(), **MUTE, device="cpu", out="there")
    sources = {what: source for what, (_, source) in said(found, "preprocessing").items()}
    assert [sources[what] for what in ("input", "mean", "std")] == ["stated by the user"] * 3
    assert [sources[what] for what in ("channels", "interpolation")] == [
        "the network's first convolution",
        "default",
    ]
    assert said(found, "speed")["device"] == ("cpu", "stated by the user")
    assert said(found, "speed")["dtype"] == ("float32", "default")
    assert said(found, "speed")["folded layers"][0] == "1 batch norm in the layer before"
    assert said(found, "run")["output folder"] == ("there: new or empty", "stated by the user")
    assert said(found, "classes")["number"][1] == "numbered: no class list was given"
    assert any("classes are numbered" in warning for warning in found.warnings)


class Unfoldable(nn.Module):
    """A batch norm before the convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.conv, self.head = nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, stride=2), nn.Linear(900, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.conv(self.norm(x)).flatten(1))


def test_why_nothing_is_folded_and_which_sizes_are_refused(place: Path) -> None:
    found = said(doctor(Unfoldable(), **MUTE), "speed")
    assert found["folded layers"][0].startswith("none of 1 batch norm: ")
    assert (found["takes 16 x 16 px"][0], found["takes 64 x 64 px"][0]) == ("no", "no")
    assert found["coarse phase"][0].startswith("none")


@pytest.mark.parametrize(
    "spoil, failed, held",
    [
        ("nan", "weights are finite", []),
        ("softmax", "outputs are logits", ["weights are finite", "runs on pictures"]),
        ("dropout", "same answer twice", ["outputs are logits"]),
        ("detach", "gradient at the input", ["runs on pictures", "outputs are logits"]),
    ],
)
def test_the_proof_that_fails_is_named_below_those_that_held(
    place: Path, spoil: str, failed: str, held: list[str]
) -> None:
    net = network()
    if spoil == "nan":
        with torch.no_grad():
            net[0].weight[0] = float("nan")
    elif spoil == "softmax":
        net.append(nn.Softmax(1))
    else:

        class Spoiled(nn.Sequential):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                x = x.detach() if spoil == "detach" else nn.functional.dropout(x, 0.5, training=True)
                return super().forward(x)

        net = Spoiled(*net)
    found = doctor(net, **MUTE)
    assert isinstance(found.error, audit.ModelError)
    proofs = said(found, "proofs")
    assert proofs[failed][0].startswith("NO")
    assert all(proofs[what][0] == "yes" for what in held)
    assert [row.what for row in found.rows if row.failed] == [failed]
    assert said(found, "preprocessing")["input"] == ("32 x 32 px", "stated by the user")
    assert not said(found, "run")


def test_weights_have_their_hash_and_what_was_left_out(place: Path) -> None:
    state = audit.load("net1.py:make").module.state_dict()
    both = {
        **{f"net.{key}": tensor.contiguous() for key, tensor in state.items()},
        "head2.bias": torch.ones(3),
    }
    save_file(both, place / "w.safetensors")
    seen = said(doctor("net1.py:make", weights="w.safetensors"), "network")
    assert seen["weights file"] == ("w.safetensors", "stated by the user")
    digest = hashlib.sha256((place / "w.safetensors").read_bytes()).hexdigest()
    assert seen["sha256 of the file"][0] == digest
    assert "head2.bias" in seen["left out of the file"][0]
    save_file({"other": torch.ones(1)}, place / "w.safetensors")
    found = doctor("net1.py:make", weights="w.safetensors")
    assert isinstance(found.error, audit.ModelError)
    assert "left out of the file" not in said(found, "network")
    assert said(found, "proofs")["weights fit"][0].startswith("NO")


def test_one_logit_is_two_classes(place: Path) -> None:
    found = doctor(network(1), **MUTE, classes=["no", "yes"])
    outputs = said(found, "outputs")
    assert outputs["number"][0] == "1"
    assert outputs["classes"][0].startswith("two: ")
    assert said(found, "classes")["number"] == ("2", "stated by the user")


def test_a_loaded_classifier_is_examined_as_it_is(place: Path) -> None:
    found = doctor(audit.load("net1.py:make"))
    assert found.starts
    assert said(found, "proofs")["all of audit.load"] == ("hold", "proved when it was loaded")
    assert said(found, "proofs")["penultimate features"][0] == "the input of layer 6"
    assert said(found, "outputs")["number"][0] == "6"


def test_layers_that_have_no_weights_yet_are_counted() -> None:
    lazy = nn.Sequential(nn.Conv2d(3, 4, 3), nn.LazyBatchNorm2d(), nn.LazyConv2d(5, 3), nn.LazyLinear(6))
    with watching() as steps:
        reached("network", Candidate(lazy, "lazy"))
        rows = loading_rows(lazy, steps, {}, None)
    seen = {row.what: row.value for row in rows}
    assert seen["parameters"] == "112 in 2 tensors, 6 more in the first pass"
    assert seen["first layer"] == seen["last layer"] == "0: convolution 3 x 3, 3 to 4 channels"
    assert untouched_norms(lazy) == ""


def test_batch_norms_as_they_are_made_are_said(place: Path) -> None:
    net = network()
    assert any("1 batch norm with running mean 0" in text for text in doctor(net, **MUTE).warnings)
    assert any("1 batch norm with running mean 0" in text for text in doctor(net).warnings)
    net.train()(torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
    assert not any("batch norm" in text for text in doctor(net, **MUTE).warnings)


def test_a_defect_ends_as_one_but_says_what_held(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.classifier.validate, "_gradient", Mock(side_effect=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError) as raised:
        doctor("net1.py:make")
    assert "proofs, outputs are logits: yes" in raised.value.__notes__[0]
    assert "proofs, gradient at the input: NO" in raised.value.__notes__[0]


def test_a_second_network_is_told_apart(place: Path) -> None:
    tiny.write(place, seed=2, classes=4)
    found = doctor("net1.py:make", transfer_model="net2.py:make")
    assert found.starts
    assert said(found, "run")["transfer model"][0] == "net2.py:make, has 4 of the 6 classes"
    assert said(found, "outputs")["number"][0] == "6"
    refused = doctor("net1.py:make", transfer_model="net2.py:mak")
    assert "transfer model net2.py:mak" in str(refused.error)
    assert said(refused, "proofs") == said(found, "proofs")


def test_a_run_in_the_folder_goes_on_or_is_in_the_way(place: Path) -> None:
    tiny.audit_tiny("net1.py:make", place / "run", only=[0, 1, 2])
    before = tiny.tree(place)
    finished = doctor("net1.py:make", out="run", only=[0, 1, 2])
    done, of = said(finished, "run")["output folder"][0].split(", ")[1].split(" units")[0].split(" of ")
    assert done == of != "0"
    assert "would go on: all its work is finished" in finished.run
    more = doctor("net1.py:make", out="run")
    done, of = said(more, "run")["output folder"][0].split(", ")[1].split(" units")[0].split(" of ")
    assert int(done) < int(of)
    assert more.run.startswith("`audit run` would go on: it draws 6 classes")
    other = doctor("net1.py:make", out="run", seed=3)
    assert "holds a run that differs: configuration seed was 0, is 3" in str(other.error)
    assert "pictures" not in said(other, "run")
    assert said(other, "checks")
    fresh = doctor("net1.py:make", out="run", seed=3, fresh=True)
    assert fresh.run.startswith("`audit run` would start")
    assert tiny.tree(place) == before
    with Store(place / "run").locked():
        assert "another run is working" in str(doctor("net1.py:make", out="run", only=[0]).error)


def test_checks_say_what_they_lack_and_a_policy_warns(place: Path) -> None:
    found = doctor("net1.py:make", policy="release")
    checks = said(found, "checks")
    assert checks["label-list"][0] == "can decide"
    assert checks["unnatural-picture"][0].startswith("ranks")
    assert "--images FOLDER" in checks["preprocessing"][0]
    assert "--set synthesis.restarts=6" in checks["class-overlap"][0]
    assert any("policy" in text and "release" in text for text in found.warnings)
    assert not any("policy" in text for text in doctor("net1.py:make").warnings)


def test_odd_names_are_said_and_drive_no_terminal(place: Path) -> None:
    names = ["a", "A", "7", "d\u202ee", "<script>x", "f"]
    found = doctor("net1.py:make", classes=dict(enumerate(names)))
    titles = [row.value for row in found.rows if row.part == "classes" and not row.what]
    assert titles
    assert any("looks like markup" in text for text in found.warnings)
    assert all(line.isprintable() for line in str(found).splitlines())
    page = found._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_rows_are_data(place: Path) -> None:
    found = doctor("net1.py:make")
    assert list(found.table.columns) == ["part", "what", "value", "source"]
    assert len(found.table) == len(found.rows)
    record = json.loads(json.dumps(found.record()))
    assert record["rows"][0] == {
        "part": "network",
        "what": "model",
        "value": "net1.py:make",
        "source": "stated by the user",
        "failed": False,
    }
    assert (record["starts"], record["error"], record["exit_code"]) == (True, None, 0)
    assert repr(found).startswith("<Diagnosis of net1.py:make: a run would start, ")
    refused = doctor("net1.py:make", only="nobody")
    assert repr(refused).startswith("<Diagnosis of net1.py:make: a run would not start (")
    assert refused.record()["error"]["fix"]
