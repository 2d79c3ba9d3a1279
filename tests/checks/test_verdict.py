"""The outcome of a run from constructed answers of its checks."""

from pathlib import Path

import pytest

from audit.checks import verdict
from audit.checks._blind_spots import BLIND_SPOTS
from audit.records import OUTCOMES, BlindSpot, CheckMeta, CheckResult, Finding, Proportion
from audit.records.detection import Detection, DetectionRate
from audit.records.verdict import UNMEASURED, unseen

README = Path(__file__).parents[2] / "README.md"


def answer(outcome="passed", gates=True, check="some-check", found=0, level="error", covers=()):
    findings = [
        Finding(
            check=check, verdict="observed", scope="model", classes=[], title=f"{check} saw", detail="",
            effect=None, p=None, agreement=None, evidence=[], next_step="look", fingerprint="",
        )
        for _ in range(found)
    ]  # fmt: skip
    meta = CheckMeta(
        id=check, title="", kind="limit", question="", source="", unit="", level=level, covers=list(covers)
    )
    return CheckResult(meta=meta, outcome=outcome, summary="Why.", gates=gates, ranking=[], findings=findings)


RANKS = answer("inconclusive", gates=False)


def judged(*results, audited=10, classes=10, missing=0, rates=None):
    return verdict(list(results), audited=audited, classes=classes, missing=missing, rates=rates)


@pytest.mark.parametrize(
    "results, more, outcome, code",
    [
        ([], {}, "incomplete", 3),
        ([answer("not applicable"), answer("not applicable")], {}, "incomplete", 3),
        ([answer("inconclusive")], {}, "incomplete", 3),
        ([RANKS], {}, "incomplete", 3),
        ([answer(), answer("error")], {}, "incomplete", 3),
        ([answer(), answer("error", gates=False)], {}, "incomplete", 3),
        ([answer(), answer("not run")], {}, "incomplete", 3),
        ([answer()], {"missing": 1}, "incomplete", 3),
        ([answer()], {"audited": 9}, "incomplete", 0),
        ([answer("flagged", level="warn", found=1)], {"audited": 9}, "incomplete", 0),
        ([answer("inconclusive")], {"audited": 9}, "incomplete", 3),
        ([answer(), answer("flagged")], {}, "flagged", 0),
        ([answer("flagged"), answer("error")], {"audited": 1, "missing": 1}, "flagged", 0),
        ([answer("flagged", level="warn"), answer("flagged")], {}, "flagged", 0),
        ([answer("flagged", level="warn")], {}, "warnings", 0),
        ([answer(), answer("inconclusive", gates=False, found=15)], {}, "warnings", 0),
        ([answer(), answer("inconclusive", found=1)], {}, "warnings", 0),
        ([answer(found=1)], {}, "warnings", 0),
        ([answer(), answer("inconclusive"), answer("not applicable")], {}, "nothing flagged", 0),
        ([answer(), answer("not applicable"), RANKS], {}, "nothing flagged", 0),
        ([answer(), RANKS, answer("not applicable", gates=False)], {}, "checks passed", 0),
    ],
)
def test_outcome(results, more, outcome, code):
    said = judged(*results, **more)
    assert (said.outcome, said.exit_code) == (outcome, code)
    assert sum(said.counts.values()) == len(results)
    assert said.headline.endswith(".")
    assert said.next_step


def test_no_outcome_sounds_like_health():
    for outcome, words in OUTCOMES.items():
        assert not {"clean", "healthy", "safe", "passed", "ok"} & {outcome, words.word.lower()}


def test_readme_defines_every_outcome():
    text = " ".join(README.read_text(encoding="utf-8").split())
    for outcome, words in OUTCOMES.items():
        assert f"| `{outcome}` | {words.meaning} |" in text


@pytest.mark.parametrize("outcome", ["inconclusive", "not applicable"])
def test_silence_names_what_was_not_looked_at(outcome):
    said = judged(answer(), answer(outcome, check="open-check"), RANKS)
    assert said.headline == (
        f"1 automatic check found nothing, 1 could not decide, 1 only rank. No check sees "
        f"{BLIND_SPOTS['companion']}. Nobody has looked at the pictures yet."
    )
    assert [(entry.what, entry.why) for entry in said.not_checked] == [("open-check", "Why.")]
    told = said.lines()
    assert told[0] == said.headline
    assert told[1] == "Not checked, or not decided: open-check."
    assert all(text in told[2] for text in BLIND_SPOTS.values())


def test_classes_and_work_that_are_missing_are_said():
    said = judged(answer(), audited=1, missing=2)
    assert (
        said.headline
        == "No verdict: 2 units of work not done; only 1 of 10 classes audited; 1 of 1 check passed."
    )
    assert [entry.what for entry in said.not_checked] == ["work", "classes"]
    flagged = judged(answer("flagged", check="stops", found=1), audited=1)
    assert flagged.headline == (
        "1 check flagged (stops: stops saw); 0 of 1 check passed, 1 finding to look at. "
        "The run is not complete: only 1 of 10 classes audited."
    )


def test_the_headline_names_the_first_checks_and_counts_the_others():
    said = judged(*(answer("flagged", check=f"check-{i}", found=1) for i in range(4)), answer(), RANKS)
    assert said.headline.startswith(
        "4 checks flagged (check-0: check-0 saw; check-1: check-1 saw; and 2 more); 1 of 5 checks passed"
    )
    assert said.counts == {"flagged": 4, "passed": 1, "ranking": 1}


def test_warnings_and_rankings_are_told_apart():
    said = judged(answer(), answer("inconclusive"), RANKS, RANKS, answer("flagged", level="warn", found=2))
    assert said.headline == (
        "No flag stops a release, but 1 check warned (some-check: some-check saw); 1 of 3 checks passed, "
        "1 could not decide, 2 only rank, 2 findings to look at."
    )


def rates(*counted):
    """Of `counted` (key, found, planted)."""
    shares = [DetectionRate(flaw="f", covers=key, found=Proportion.of(k, n)) for key, k, n in counted]
    return Detection(rates=shares, false_alarms=None, provenance="")


def test_a_test_takes_its_blind_spot_away_where_it_is_known_to_find_nearly_all():
    def said(outcome, kind, known):
        result = answer(outcome, covers=["trigger"])
        meta = result.meta.model_copy(update={"kind": kind})
        found = judged(result.model_copy(update={"meta": meta}), rates=known).blind_spots
        return [spot.looked_for for spot in found if spot.key == "trigger"]

    assert said("passed", "test", rates(("trigger", 7, 10), ("trigger", 9, 10))) == []
    assert said("passed", "limit", None) == said("flagged", "limit", None) == []
    # What a test missed in other classes than the flagged one is as unseen as where it passes.
    assert "not measured" in said("passed", "test", None)[0] == said("flagged", "test", None)[0]
    assert said("flagged", "test", rates(("trigger", 18, 20))) == []
    assert "not measured" in said("passed", "test", rates(("border", 10, 10)))[0]
    assert "3 of 3" in said("passed", "test", rates(("trigger", 3, 3)))[0]
    assert "15 of 20" in said("passed", "test", rates(("trigger", 6, 10), ("trigger", 9, 10)))[0]


def test_what_is_not_seen_stands_under_the_reason():
    spots = [
        BlindSpot(key="a", text="an arm"),
        BlindSpot(key="b", text="a patch", looked_for="found in 1 of 9"),
        BlindSpot(key="c", text="a tint", looked_for=UNMEASURED),
        BlindSpot(key="d", text="a frame", looked_for=UNMEASURED),
    ]
    assert unseen(spots) == {
        "No check here can see": ["an arm"],
        "Looked for, but not surely found": ["a patch (found in 1 of 9)"],
        f"Looked for, but {UNMEASURED}": ["a tint", "a frame"],
    }


def test_a_blind_spot_goes_only_where_a_check_for_it_could_decide():
    def keys(*results):
        return [spot.key for spot in judged(*results).blind_spots]

    every = list(BLIND_SPOTS)
    assert keys(answer()) == every
    for outcome in ("passed", "flagged"):
        assert keys(answer(outcome, covers=["trigger"])) == [key for key in every if key != "trigger"]
    for open_ in ("inconclusive", "not run", "not applicable", "error"):
        assert keys(answer(), answer(open_, covers=["trigger"])) == every
    assert keys(answer(), answer("flagged", gates=False, covers=["trigger"])) == every
