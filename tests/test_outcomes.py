"""Whole runs: page, JSON, exit code and gate say one outcome, and none says more than was looked at."""

import json
import shutil
from pathlib import Path

import pytest
import tiny

import audit.api
import audit.checks._judging
import audit.classifier.loading
from audit.errors import UserError
from audit.records import OUTCOMES, CheckMeta, CheckResult

ALIVE = '[checks]\ndead-class = "warn"\nclass-overlap = "warn"\nunreliable-picture = "warn"\n'
"""The tiny network has a dead class and poor pictures, which is not what these tests are about."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    (tmp_path / "loose.toml").write_text(ALIVE + "[policy]\ncoverage = 0.3\nrequire = []\n")
    (tmp_path / "all.toml").write_text(ALIVE + "[policy]\nrequire = []\n")
    (tmp_path / "overlap.toml").write_text(ALIVE + '[policy]\nrequire = ["class-overlap"]\n')
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("whole") / "run"  # its documents are written anew
    return Path(shutil.copytree(tiny.finished(tmp_path_factory), own))


def answer(outcome: str, *, level: str = "error", gates: bool = True) -> CheckResult:
    meta = CheckMeta(id="some", title="", kind="limit", question="", source="", unit="", level=level)
    return CheckResult(meta=meta, outcome=outcome, summary="So.", gates=gates, ranking=[], findings=[])


@pytest.mark.parametrize(
    "answers, outcome, code",
    [
        ([answer("flagged"), answer("passed")], "flagged", 0),
        ([answer("error"), answer("passed")], "incomplete", 3),
        ([answer("inconclusive", gates=False)], "incomplete", 3),
        ([answer("flagged", level="warn"), answer("passed")], "warnings", 0),
        ([answer("not applicable"), answer("passed")], "nothing flagged", 0),
        ([answer("passed"), answer("inconclusive", gates=False)], "checks passed", 0),
    ],
)
def test_page_json_and_exit_code_say_one_outcome(
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: list[CheckResult],
    outcome: str,
    code: int,
) -> None:
    monkeypatch.setattr(audit.checks._judging, "run_checks", lambda results, limits: answers)
    # The answers of the case before are of checks that do not exist.
    monkeypatch.setattr(audit.checks._judging, "_absent", lambda before: [])
    assert tiny.command("report", str(whole)) == code
    verdict = json.loads((whole / "results.json").read_text())["verdict"]
    page = (whole / "index.html").read_text()
    assert (verdict["outcome"], verdict["exit_code"]) == (outcome, code)
    assert f"</span>{OUTCOMES[outcome].word}</p>" in page
    assert f'<p class="headline">{verdict["headline"]}</p>' in page
    assert capsys.readouterr().out.startswith(f"{verdict['headline']}\n")
    assert {spot["text"] in page for spot in verdict["blind_spots"]} == {True}


def test_a_part_of_the_classes_is_incomplete_for_every_policy_that_asks_for_more(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "net1.py:make", *tiny.flags(), "--only", "1,3", "--out", "part"]
    assert tiny.command(*words) == 0
    verdict = json.loads((place / "part" / "results.json").read_text())["verdict"]
    assert verdict["outcome"] == "incomplete"
    assert verdict["headline"].startswith("No verdict: only 2 of 6 classes audited; ")
    assert verdict["not_checked"][0] == {"what": "classes", "why": "Only 2 of 6 classes audited."}
    assert tiny.command(*words, "--policy", "all.toml") == 3
    assert tiny.command("check", "part", "--policy", "all.toml") == 3
    capsys.readouterr()
    assert tiny.command("check", "part", "--policy", "loose.toml") == 0
    assert tiny.command("check", "part") == 3
    assert "No answer: 2 of 6 classes audited, all asked for; " in capsys.readouterr().out


def test_what_the_release_asks_and_quick_cannot_give_is_said_before_anything_is_computed(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stops(*args: object, **keywords: object) -> None:
        raise UserError("here it would begin")

    monkeypatch.setattr(audit.classifier.loading, "load", stops)
    assert tiny.command("run", "demo", "--preset", "quick", "--only", "3", "--policy", "release") == 2
    said, loading, begun = capsys.readouterr().err.splitlines()
    assert loading == "loading demo, preset quick"
    assert begun == "audit: here it would begin"
    for words in ("preprocessing (", "--images FOLDER", "class-overlap (", "synthesis.restarts=6", "--only"):
        assert words in said
    assert "dead-class" not in said
    (place / "photographs").mkdir()
    enough = ["run", "demo", "--images", "photographs", "--policy", "release"]
    assert tiny.command(*enough) == 2
    assert capsys.readouterr().err == "loading demo, preset standard\naudit: here it would begin\n"


@pytest.mark.parametrize("restarts, code", [(1, 3), (6, 0)])
def test_a_required_check_decides_with_restarts_enough_and_is_incomplete_without(
    place: Path, capsys: pytest.CaptureFixture[str], restarts: int, code: int
) -> None:
    words = ["run", "net1.py:make", *tiny.flags(f"synthesis.restarts={restarts}", "synthesis.views=96")]
    assert tiny.command(*words, "--out", "run", "--policy", "overlap.toml") == code
    said = capsys.readouterr()
    assert said.err.startswith("audit: policy overlap.toml will have no answer") == (code == 3)
    last = said.out.splitlines()[-1]
    assert last.startswith("No answer: class-overlap could not decide; " if code else "Policy holds; ")
    assert tiny.command("check", "run", "--policy", "overlap.toml") == code
