import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

import audit.api
import audit.cli
from audit.errors import AuditError, IncompleteError, OutputError, UserError
from audit.statistics import load_file

tiny = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("tiny.py"))))

VERBS = ("run", "plan", "report", "baseline", "schema")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    return tmp_path


def python(code: str, *words: str, **keywords: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words], stdin=subprocess.DEVNULL, text=True, timeout=120, **keywords
    )  # type: ignore[call-overload]


def test_run_writes_where_it_says_and_says_where(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "net1.py:make", *tiny.flags(), "--only", "1,3", "--seed", "5"]
    assert tiny.command(*words) == 0
    said = capsys.readouterr()
    headline, page = said.out.splitlines()
    assert said.err == ""
    assert page == "reports/net1-make/index.html"
    results = json.loads((place / "reports" / "net1-make" / "results.json").read_text())
    assert results["verdict"]["headline"] == headline
    assert results["run"]["command"].split()[:4] == ["audit", "run", "net1.py:make", "--set"]
    assert (results["run"]["only"], results["run"]["seed"]) == ([1, 3], 5)
    assert [c["label"]["name"] for c in results["classes"]] == ["dumbbell", "lemon"]
    assert sorted(p.name for p in place.iterdir()) == ["net1.py", "reports"]

    assert tiny.command("report", "reports/net1-make", "--set", "checks.outlier_z=9") == 0
    judged = json.loads((place / "reports" / "net1-make" / "results.json").read_text())
    assert judged["run"]["config"]["checks"]["outlier_z"] == 9.0


def test_plan_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tiny.tree(place)
    assert tiny.command("plan", "net1.py:make", *tiny.flags()) == 0
    said = capsys.readouterr().out
    assert re.findall(r"^(\w+) +(\d+) +(\d+) +(\d+) ", said, re.M) == [
        ("pictures", "6", "1", "48"),
        ("unconstrained", "4", "1", "16"),
        ("statistics", "6", "1", "0"),
    ]
    assert "reports/net1-make" in said
    assert tiny.tree(place) == before


def test_a_baseline_made_here_is_used(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "photos").mkdir()
    for i in range(32):
        noise = np.random.default_rng(i).normal(128, 40, (9, 9, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noise).resize((48, 40), Image.Resampling.BICUBIC).save(place / "photos" / f"{i}.png")
    Image.new("RGB", (8, 8)).save(place / "photos" / "small.png")
    words = ["baseline", "photos", "--size", "32", "--limit", "100", "--out", "natural.json"]
    assert tiny.command(*words) == 0
    assert "32 of 33 photographs measured at 32 px (1 too small, 0 unreadable)" in capsys.readouterr().out
    made = load_file(place / "natural.json")
    assert (made.images, made.height) == (32, 32)
    words = ["run", "net1.py:make", *tiny.flags(), "--baseline", "natural.json", "--only", "2", "--out", "r"]
    assert tiny.command(*words) in (0, 3)
    baseline = json.loads((place / "r" / "results.json").read_text())["baseline"]
    assert (baseline["sha256"], baseline["images"]) == (made.sha256, 32)


def test_schema_is_one_that_results_fulfil(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tiny.audit_tiny("net1.py:make", place / "run")
    assert tiny.command("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    results = json.loads((run.folder / "results.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(results)) == []
    del results["verdict"]
    assert list(Draft202012Validator(schema).iter_errors(results)) != []


@pytest.mark.parametrize(
    "error, code",
    [
        (UserError("wrong", where="here", fix="right"), 2),
        (OutputError("full"), 2),
        (IncompleteError("half"), 3),
        (AuditError("ours"), 4),
        (ZeroDivisionError("ours too"), 4),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    def raising(*args: object, **keywords: object) -> None:
        raise error

    monkeypatch.setattr(audit.api, "run", raising)
    assert tiny.command("run", "demo") == code
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[-1].startswith("audit: ")
    assert ("Traceback" in said.err) == isinstance(error, ZeroDivisionError)
    assert len(lines) == 1 or isinstance(error, ZeroDivisionError)


def test_an_incomplete_verdict_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = SimpleNamespace(headline="No verdict.", outcome="incomplete")
    answer = SimpleNamespace(results=SimpleNamespace(verdict=verdict), page=Path("index.html"))
    monkeypatch.setattr(audit.api, "run", lambda *args, **keywords: answer)
    assert tiny.command("run", "demo") == 3
    assert capsys.readouterr().out == "No verdict.\nindex.html\n"


@pytest.mark.parametrize(
    "words", [["walk"], ["run"], ["run", "demo", "--colour"], ["run", "demo", "--seed", "x"]]
)
def test_usage_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny.command(*words) == 2
    assert "Usage: audit" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny.command(verb, "--help") == 0
    assert f"audit {verb}" in capsys.readouterr().out


def test_the_verbs_are_those_tested_here() -> None:
    assert {command.name for command in audit.cli.app.registered_commands} == set(VERBS)


def test_a_reader_that_leaves_early_is_no_defect() -> None:
    """As in `audit schema | head -1`: no traceback, no complaint."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys; from audit.cli import main; sys.argv[0] = 'audit'; main()"
    done = python(code, "schema", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, "")
