import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny
import typer
from jsonschema import Draft202012Validator
from PIL import Image

import audit.api
import audit.cli.main
from audit.checks import CHECKS
from audit.cli.help import EXAMPLES
from audit.errors import AuditError, IncompleteError, OutputError, UserError
from audit.image_stats import load_file
from audit.records import Verdict

VERBS = (
    "run",
    "doctor",
    "check",
    "plan",
    "report",
    "probe",
    "baseline",
    "schema",
    "layers",
    "draw",
    "dream",
    "invert",
)


OF_CHANGES = [check.META.id for check in CHECKS if "probes" in check.META.needs]


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
    headline, *more, page = said.out.splitlines()
    begun = (
        r"loading net1\.py:make, preset standard\nbegun: 2 classes, \d units of work\n"
        r"expected: less than a minute\n"
    )
    assert re.fullmatch(begun, said.err)
    assert page == "reports/net1-make/index.html"
    results = json.loads((place / "reports" / "net1-make" / "results.json").read_text())
    assert results["verdict"]["headline"] == headline
    assert [line.split(":")[0] for line in more] == [
        "Not checked, or not decided",
        "No check here can see",
        "Next",
    ]
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
    assert re.findall(r"^(\w+) +(\d+ \w+) +(\d+) +(\d+) ", said, re.M)[:3] == [
        ("pictures", "6 classes", "1", "48"),
        ("unconstrained", "4 classes", "1", "16"),
        ("statistics", "6 classes", "1", "0"),
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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; the network never answers pear."""
    return tiny.finished(tmp_path_factory)


STRICT = '[checks]\ndead-class = "warn"\n'
"""With two restarts no share is settled, and every check at level error must decide."""
LENIENT = STRICT + '[policy]\nrequire = ["dead-class"]\n'
BROKEN = '[checks]\ndead-clas = "error"\n'


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("strict", STRICT), ("lenient", LENIENT), ("broken", BROKEN)):
        (tmp_path / f"{name}.toml").write_text(text)
    off = "".join(f'{check} = "off"\n' for check in CHECKS.names())
    (tmp_path / "off.toml").write_text(f"[checks]\n{off}")
    return tmp_path


@pytest.mark.parametrize(
    "words, code, headline",
    [
        ([], 1, "Policy failed: dead-class; "),
        (["--policy", "release"], 1, "Policy failed: dead-class; "),
        (["--policy", "lenient.toml"], 0, "Policy holds; "),
        (
            ["--policy", "strict.toml"],
            3,
            f"No answer: preprocessing, foreign-part, class-overlap, {', '.join(OF_CHANGES)}, "
            "unreliable-picture could not decide; ",
        ),
        (["--policy", "off.toml"], 3, "No answer: nothing was checked; "),
    ],
)
def test_check_prints_a_table_and_ends_with_the_answer(
    finished: Path,
    policies: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    headline: str,
) -> None:
    before = tiny.tree(finished)
    assert tiny.command("check", str(finished), *words, "--json") == code
    answer = json.loads(capsys.readouterr().out)
    assert tiny.command("check", str(finished), *words) == code
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0].split() == ["check", "level", "outcome", "release", "why"]
    checks = [line.split()[0] for line in lines if line.split()[0] in CHECKS]
    assert checks == [row["check"] for row in answer["checks"]]
    assert set(checks) == set(CHECKS.names())
    assert lines[-1] == answer["headline"]
    assert lines[-1].startswith(headline)
    assert answer["exit_code"] == code
    assert tiny.tree(finished) == before


def test_a_wrong_policy_is_refused_before_the_run_is_read(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tiny.command("check", "nowhere", "--policy", "broken.toml") == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "did you mean 'dead-class'" in said.err
    assert tiny.command("check", "nowhere") == 2
    assert "expected a run directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "policy, code, headline",
    [
        ("lenient.toml", 0, "Policy holds; "),
        ("release", 1, "Policy failed: dead-class; "),
        ("off.toml", 3, "No answer: nothing was checked; "),
    ],
)
def test_a_gated_run_ends_as_check_would(
    place: Path, policies: Path, capsys: pytest.CaptureFixture[str], policy: str, code: int, headline: str
) -> None:
    words = ["net1.py:make", *tiny.flags(), "--out", "run"]
    assert tiny.command("run", *words) == 0
    plain = capsys.readouterr().out
    assert tiny.command("run", *words, "--policy", policy) == code
    gated = capsys.readouterr().out
    assert gated.startswith(plain)
    assert gated.splitlines()[-1].startswith(headline)
    assert tiny.command("check", "run", "--policy", policy) == code
    assert gated == plain + capsys.readouterr().out


def test_a_wrong_policy_computes_nothing(place: Path, policies: Path) -> None:
    before = tiny.tree(place)
    for policy in ("broken.toml", "none.toml", "relese"):
        assert tiny.command("run", "net1.py:make", *tiny.flags(), "--policy", policy) == 2
    assert tiny.tree(place) == before


def test_a_class_name_cannot_drive_the_terminal(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the table nor where the output cannot show a letter."""
    (place / "names.json").write_text(json.dumps(["banana", "goldfish", "كلب", "كلب", "d", "f"]))
    (place / "names.toml").write_text(
        '[checks]\nlabel-list = "error"\n[[waivers]]\ncheck = "label-list"\nclass = "\\u001b[2J"\n'
        'reason = "\\u009b"\nowner = "me"\nexpires = 2000-01-01\n'
    )
    out = str(place / "run")
    words = ["net1.py:make", "--classes", "names.json", *tiny.flags(), "--out", out]
    assert tiny.command("run", *words) == 0
    path = place / "run" / "results.json"
    stored = json.loads(path.read_text())
    stored["model"]["classes"][4]["name"] = "d\x1b[2J\u202e\n"
    path.write_text(json.dumps(stored))
    capsys.readouterr()
    assert tiny.command("check", out, "--policy", "names.toml") == 1
    said = capsys.readouterr().out
    assert r'flagged: "d\u001b[2J\u202e\u000a" (d)' in said
    assert r'waiver label-list "\u001b[2J": EXPIRED' in said
    assert '"كلب" (كلب#2) and "كلب" (كلب#3)' in said
    assert all(line.isprintable() for line in said.splitlines())
    code = "import sys; from audit.cli.main import main; sys.argv[0] = 'audit'; main()"
    encoded = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = python(code, "check", out, "--policy", "names.toml", capture_output=True, env=encoded)
    assert (done.returncode, done.stderr) == (1, "")


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


def test_a_file_name_in_a_message_cannot_drive_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(*args: object, **keywords: object) -> None:
        raise UserError("gone", where="photos/\x1b[2J\u202eكلب\n.png")

    monkeypatch.setattr(audit.api, "run", raising)
    assert tiny.command("run", "demo") == 2
    assert capsys.readouterr().err == "audit: photos/\\u001b[2J\\u202eكلب .png: gone\n"


def test_an_incomplete_verdict_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = Verdict(outcome="incomplete", headline="No verdict.", counts={}, exit_code=3)
    answer = SimpleNamespace(
        results=SimpleNamespace(verdict=verdict), page=Path("index.html"), folder=Path(), answer=None
    )
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
    said = capsys.readouterr().out
    assert f"audit {verb}" in said
    assert [line.split()[0] for line in said.splitlines() if line.startswith("  --help")] == ["--help"]


def test_the_verbs_are_those_tested_here() -> None:
    assert {command.name for command in audit.cli.main.app.registered_commands} == set(VERBS) == set(EXAMPLES)


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_help_is_whole_at_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert tiny.command("--help") == 0
    said = capsys.readouterr().out
    whole = " ".join(said.split())
    assert re.findall(r"^(\w[\w ]+):$", said, re.M) == ["Options", "Audit", "Look inside", "Maintenance"]
    for command in audit.cli.main.app.registered_commands:
        assert command.callback is not None
        assert " ".join((command.callback.__doc__ or "").split()) in whole
    assert "Start here: audit run demo" in whole
    for verb in VERBS:
        assert tiny.command(verb, "--help") == 0
        one = capsys.readouterr().out
        assert "…" not in one + said
        assert "..." not in one
        assert all(example in one for example in EXAMPLES[verb])
        assert max(len(line) for line in one.splitlines()) <= 80


@pytest.mark.parametrize("example", [e for examples in EXAMPLES.values() for e in examples])
def test_an_example_is_accepted_by_its_verb(example: str) -> None:
    words = example.split()[1:]
    group: Any = typer.main.get_command(audit.cli.main.app)
    group.commands[words[0]].make_context(words[0], words[1:])


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny.command("--version") == 0
    assert capsys.readouterr().out == f"audit {audit.__version__}\n"


def test_a_run_says_something_before_torch_is_there(tmp_path: Path) -> None:
    """The import fails here, after the first line."""
    code = (
        "import sys; from audit.cli.main import main; sys.modules['torch'] = None; "
        "sys.argv = ['audit', 'run', 'demo', '--preset', 'quick']; main()"
    )
    done = python(code, capture_output=True, cwd=tmp_path)
    assert done.stderr.splitlines()[0] == "loading demo, preset quick"
    assert done.returncode == 4


def test_a_reader_that_leaves_early_is_no_defect() -> None:
    """As in `audit schema | head -1`: no traceback, no complaint."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys; from audit.cli.main import main; sys.argv[0] = 'audit'; main()"
    done = python(code, "schema", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, "")
