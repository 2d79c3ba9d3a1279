import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import tiny

import audit.checks._judging
from audit.checks import effective
from audit.errors import IncompleteError, OutputError
from audit.gating.evaluate import gate
from audit.gating.policy import Policy, Waiver, read_policy
from audit.records import CheckMeta, CheckResult, ClassLabel, Finding, Results
from audit.records.gate import GateResult
from audit.runner.rebuild import read_results

TODAY = datetime.date(2026, 6, 15)
ALL = ("dead-class", "class-overlap", "margin-outlier", "label-list")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.finished(tmp_path_factory)


@pytest.fixture(scope="module")
def results(finished: Path) -> Results:
    return Results.model_validate_json((finished / "results.json").read_bytes())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[CheckResult]:
    """What the checks will answer: filled by the test."""
    planted: list[CheckResult] = []
    monkeypatch.setattr(audit.checks._judging, "run_checks", lambda results, limits: planted)
    return planted


def answer(
    check: str,
    outcome: str,
    *,
    gates: bool = True,
    level: str = "error",
    classes: Any = (0,),
    said: str = "So.",
) -> CheckResult:
    meta = CheckMeta(id=check, title="", kind="limit", question="", source="", unit="", level=level)
    found = [
        Finding(
            check=check, verdict="suspected", scope="class", classes=[c], title="", detail="", effect=None,
            p=None, agreement=None, evidence=[], next_step="", fingerprint="",
        )
        for c in classes
        if outcome == "flagged"
    ]  # fmt: skip
    return CheckResult(meta=meta, outcome=outcome, summary=said, gates=gates, ranking=[], findings=found)


def effects(answer: GateResult) -> dict[str, str]:
    return {row.check: row.effect for row in answer.checks}


UNDECIDED = ("inconclusive", "not run", "not applicable")


@pytest.mark.parametrize(
    "outcome, level, require, effect, exit_code",
    [
        ("passed", "error", None, "passes", 0),
        ("passed", "warn", ("dead-class",), "passes", 0),
        ("flagged", "error", (), "fails", 1),
        ("flagged", "error", ("dead-class",), "fails", 1),
        ("flagged", "warn", ("dead-class",), "warns", 0),
        ("error", "error", (), "incomplete", 3),
        ("error", "warn", (), "incomplete", 3),
        *((outcome, "error", None, "incomplete", 3) for outcome in UNDECIDED),
        *((outcome, "warn", ("dead-class",), "incomplete", 3) for outcome in UNDECIDED),
        *((outcome, "error", (), "open", 3) for outcome in UNDECIDED),
        *((outcome, "warn", None, "open", 3) for outcome in UNDECIDED),
        *((outcome, "off", None, "off", 3) for outcome in ("passed", "flagged", "error", *UNDECIDED)),
    ],
)
def test_one_check(
    results: Results,
    answers: list[CheckResult],
    outcome: str,
    level: Any,
    require: Any,
    effect: str,
    exit_code: int,
) -> None:
    """A single check: where it decides nothing and fails nothing, nothing was checked."""
    answers.append(answer("dead-class", outcome))
    said = gate(results, Policy("p", checks={"dead-class": level}, require=require), TODAY)
    assert effects(said) == {"dead-class": effect}
    assert said.exit_code == exit_code
    assert said.outcome == {0: "holds", 1: "failed", 3: "incomplete"}[exit_code]


@pytest.mark.parametrize("outcome", ["flagged", "inconclusive", "not applicable", "passed"])
def test_a_ranking_never_fails_and_decides_nothing(
    results: Results, answers: list[CheckResult], outcome: str
) -> None:
    answers.append(answer("margin-outlier", outcome, gates=False))
    policy = Policy("p", checks={"margin-outlier": "error"})
    said = gate(results, policy, TODAY)
    assert effects(said) == {"margin-outlier": "ranks only, cannot gate"}
    assert (said.exit_code, said.headline) == (
        3,
        "No answer: nothing was checked; 0 of 0 checks passed, 1 only ranking.",
    )
    answers.append(answer("dead-class", "passed"))
    assert gate(results, policy, TODAY).exit_code == 0


def test_a_check_that_is_not_named_keeps_its_own_level(results: Results, answers: list[CheckResult]) -> None:
    answers += [answer("label-list", "flagged", level="warn"), answer("dead-class", "flagged")]
    said = gate(results, Policy("p"), TODAY)
    assert [(row.check, row.level, row.effect) for row in said.checks] == [
        ("dead-class", "error", "fails"),
        ("label-list", "warn", "warns"),
    ]


def test_failed_beats_incomplete(results: Results, answers: list[CheckResult]) -> None:
    answers += [answer("dead-class", "error"), answer("class-overlap", "flagged")]
    said = gate(results, Policy("p"), TODAY)
    assert (said.exit_code, said.outcome) == (1, "failed")
    assert said.headline == (
        "Policy failed: class-overlap; dead-class ended in an error; 0 of 2 checks passed."
    )
    answers[1] = answer("class-overlap", "passed")
    said = gate(results, Policy("p"), TODAY)
    assert (said.exit_code, said.headline) == (
        3,
        "No answer: dead-class ended in an error; 1 of 2 checks passed.",
    )


def test_what_is_required_and_open_is_incomplete_until_something_fails(
    results: Results, answers: list[CheckResult]
) -> None:
    policy = Policy("p", require=("class-overlap", "label-list"))
    answers += [answer("dead-class", "passed"), answer("class-overlap", "inconclusive")]
    said = gate(results, policy, TODAY)
    assert (said.exit_code, [row.required for row in said.checks]) == (3, [True, False])
    assert said.headline == "No answer: class-overlap could not decide; 1 of 2 checks passed."
    answers[0] = answer("dead-class", "flagged")
    said = gate(results, policy, TODAY)
    assert said.exit_code == 1
    assert said.headline == "Policy failed: dead-class; class-overlap could not decide; 0 of 2 checks passed."


@pytest.mark.parametrize("coverage, exit_code", [(1.0, 3), (0.67, 3), (0.66, 0), (0.0, 0)])
def test_coverage(results: Results, answers: list[CheckResult], coverage: float, exit_code: int) -> None:
    part = results.model_copy(update={"classes": results.classes[:4]})  # of six
    answers.append(answer("dead-class", "passed"))
    said = gate(part, Policy("p", coverage=coverage), TODAY)
    assert (said.exit_code, said.audited, said.classes, said.coverage) == (exit_code, 4, 6, coverage)
    asked = "all" if coverage == 1 else f"{coverage:.0%}"
    assert said.headline.startswith(f"No answer: 4 of 6 classes audited, {asked} asked for; ") == bool(
        exit_code
    )
    assert gate(results, Policy("p"), TODAY).exit_code == 0
    answers[0] = answer("dead-class", "flagged")
    assert gate(part, Policy("p", coverage=coverage), TODAY).exit_code == 1


def test_the_answer_says_what_no_check_sees(results: Results, answers: list[CheckResult]) -> None:
    answers.append(answer("dead-class", "passed"))
    assert "companion" in {spot.key for spot in gate(results, Policy("p"), TODAY).blind_spots}


def test_everything_off_is_nothing_checked(results: Results, answers: list[CheckResult]) -> None:
    answers += [answer(check, "passed") for check in ALL]
    said = gate(results, Policy("p", checks=dict.fromkeys(ALL, "off")), TODAY)
    assert (said.exit_code, said.outcome) == (3, "incomplete")
    assert said.headline == "No answer: nothing was checked; 0 of 4 checks passed, 4 off."


def waiver(label: str, expires: datetime.date = TODAY) -> Waiver:
    return Waiver("dead-class", (label,), "known", "team", expires)


def test_waivers(results: Results, answers: list[CheckResult]) -> None:
    answers += [answer("dead-class", "flagged", classes=(1, 3)), answer("class-overlap", "passed")]
    part = gate(results, Policy("p", waivers=(waiver("dumbbell"),)), TODAY)
    row = part.checks[0]
    assert (row.effect, row.flagged, row.waived) == ("fails", ['"lemon"'], ['"dumbbell"'])
    whole = Policy("p", waivers=(waiver("dumbbell"), waiver("lemon"), waiver("plumm")))
    said = gate(results, whole, TODAY)
    assert (said.exit_code, effects(said)["dead-class"]) == (0, "waived")
    assert [w.state for w in said.waivers] == ["used", "used", "unknown class"]
    assert said.headline == "Policy holds; 1 of 2 checks passed, 1 waived."
    late = gate(results, whole, TODAY + datetime.timedelta(1))
    assert (late.exit_code, [w.state for w in late.waivers]) == (1, ["expired"] * 3)
    off = gate(results, Policy("p", checks={"dead-class": "off"}, waivers=whole.waivers), TODAY)
    assert [w.state for w in off.waivers] == ["not needed", "not needed", "unknown class"]


def test_a_waived_flag_is_an_answer(results: Results, answers: list[CheckResult]) -> None:
    answers.append(answer("dead-class", "flagged"))
    assert gate(results, Policy("p", waivers=(waiver("banana"),)), TODAY).exit_code == 0


def test_a_waiver_settles_nothing_that_is_open(results: Results, answers: list[CheckResult]) -> None:
    answers.append(answer("dead-class", "inconclusive"))
    said = gate(results, Policy("p", waivers=(waiver("banana"),)), TODAY)
    assert (said.exit_code, said.waivers[0].state) == (3, "not needed")


def test_the_policys_limits_judge_and_the_run_stays_as_it_was(finished: Path, results: Results) -> None:
    """Every drawing is taken for doubtful at one limit, and for none at another."""
    before = tiny.tree(finished)
    levels = {"unreliable-picture": "error", "class-overlap": "off", "label-list": "off", "dead-class": "off"}
    outcomes = {}
    for limit in (0.0, 1.0):
        limits = {"unreliable_probability": limit, "unreliable_agreement": -1.0}
        said = gate(read_results(finished), Policy("p", checks=levels, limits=limits), TODAY)
        (row,) = (row for row in said.checks if row.check == "unreliable-picture")
        outcomes[limit] = row.why
        assert said.limits == {
            "unreliable_probability": (0.5, limit),
            "unreliable_agreement": (0.2, -1.0),
        }
    assert outcomes[0.0].startswith("6 pictures: 6 not judged")
    assert "not judged" not in outcomes[1.0]
    assert tiny.tree(finished) == before


def test_limits_that_are_not_named_stay_the_runs(tmp_path: Path) -> None:
    run = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", "checks.outlier_z=0.125")
    assert gate(read_results(run.folder), Policy("p"), TODAY).limits == {}
    shipped = gate(read_results(run.folder), read_policy("release"), TODAY)
    assert shipped.limits == {"outlier_z": (0.125, effective({}).outlier_z)}


def test_text_from_outside_is_escaped(results: Results, answers: list[CheckResult]) -> None:
    name = "ban\x1b[31m\u202eana\n"
    hostile = ClassLabel(index=0, id=name, name=name, full=name)
    model = results.model.model_copy(update={"classes": [hostile, *results.model.classes[1:]]})
    answers.append(answer("dead-class", "flagged", said=f"{name} is dead."))
    said = gate(results.model_copy(update={"model": model}), Policy("p"), TODAY)
    (row,) = said.checks
    assert row.flagged == [r'"ban\u001b[31m\u202eana\u000a"']
    assert row.why == r"ban\u001b[31m\u202eana\u000a is dead."
    json.dumps(said.model_dump(mode="json"))


def test_a_class_whose_id_says_more(results: Results, answers: list[CheckResult]) -> None:
    label = ClassLabel(index=0, id="n02012849", name="crane", full="crane")
    model = results.model.model_copy(update={"classes": [label, *results.model.classes[1:]]})
    answers.append(answer("dead-class", "flagged"))
    said = gate(results.model_copy(update={"model": model}), Policy("p"), TODAY)
    assert said.checks[0].flagged == ['"crane" (n02012849)']


def test_folders_that_are_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="expected a run directory"):
        gate(read_results(tmp_path), Policy("p"))
    (tmp_path / "run.json").touch()
    with pytest.raises(IncompleteError, match="did not finish"):
        gate(read_results(tmp_path), Policy("p"))


def at_level(result: CheckResult, *levels: str | None) -> CheckResult:
    findings = [f.model_copy(update={"level": v}) for f, v in zip(result.findings, levels, strict=True)]
    return result.model_copy(update={"findings": findings})


@pytest.mark.parametrize(
    "own, levels, effect, exit_code",
    [
        ("error", ("warn", "warn"), "warns", 0),
        ("error", ("warn", "error"), "fails", 1),
        ("error", ("warn", None), "fails", 1),
        ("warn", ("error", "error"), "warns", 0),
        ("off", ("error", "error"), "off", 3),
    ],
)
def test_a_finding_may_be_milder_than_its_check_and_never_graver(
    results: Results, answers: list[CheckResult], own: Any, levels: Any, effect: str, exit_code: int
) -> None:
    answers.append(at_level(answer("watermark", "flagged", classes=(0, 1)), *levels))
    said = gate(results, Policy("p", checks={"watermark": own}, require=()), TODAY)
    assert effects(said)["watermark"] == effect
    assert said.exit_code == exit_code


def test_what_is_left_by_a_waiver_may_be_mild(results: Results, answers: list[CheckResult]) -> None:
    answers.append(at_level(answer("watermark", "flagged", classes=(0, 1)), "error", "warn"))
    known = Waiver("watermark", (results.model.classes[0].name,), "known", "me", datetime.date(2030, 1, 1))
    said = gate(results, Policy("p", require=(), waivers=(known,)), TODAY)
    assert effects(said)["watermark"] == "warns"
    assert said.exit_code == 0
