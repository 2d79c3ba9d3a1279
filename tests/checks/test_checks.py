"""What holds for all checks together, and the verdict made of them."""

import random

import pytest

from audit.checks import CHECKS, effective, findings, run_checks, verdict
from audit.records import CheckMeta, CheckResult, Finding, Robustness, StageInfo

NONE_ATTACKED = Robustness(
    source="class pictures",
    tried=5,
    correct=0,
    flipped_within=[],
    classes=[],
    predicted_after=[],
    median_distance=None,
    not_confirmed=0,
    zero_gradient=0,
    shifts=[],
    examples=[],
    attacked=[],
)
OF_CHANGES = {check.META.id for check in CHECKS if "probes" in check.META.needs}
WITHOUT_PHOTOGRAPHS = {"preprocessing", "adversarial-robustness", "foreign-part"} | OF_CHANGES
"""Checks that say nothing of the records here, which hold no photographs, no attacks and no changes."""


def answer(outcome="passed", gates=True, kind="lint", check="some-check", verdicts=(), level="error"):
    found = [
        Finding(
            check=check,
            verdict=v,
            scope="class",
            classes=[place],
            title=f"{check} {place}",
            detail="",
            effect=None,
            p=None,
            agreement=None,
            evidence=[],
            next_step="look",
            fingerprint=f"{check}{place}",
        )
        for place, v in enumerate(verdicts)
    ]
    meta = CheckMeta(id=check, title="", kind=kind, question="", source="", unit="", level=level)
    return CheckResult(meta=meta, outcome=outcome, summary="", gates=gates, ranking=[], findings=found)


def faulty(planted):
    """Records with a fault for every check."""
    classes = planted.ordinary()
    picture, entry = planted.picture, planted.entry
    missed = [picture(0, r, p, says=6) for p in ("natural", "none") for r in range(9)]
    overlap = [picture(1, r, says=5) for r in range(9)] + [
        picture(1, r, "none", margin=70.0) for r in range(2)
    ]
    classes = planted.replaced(classes, entry(0, missed, slope=5.0))
    classes = planted.replaced(classes, entry(1, overlap, agreement=0.0, slope=-2.0))
    labels = [*planted.names[:6], "<script>", "zebra"]
    return planted.measured(classes, labels, unconstrained=("slope", "colour"))


def test_every_fault_is_found(planted):
    results = run_checks(faulty(planted), effective({}))
    assert [r.meta.id for r in results] == CHECKS.names()
    assert {r.meta.id for r in results if not r.findings} == WITHOUT_PHOTOGRAPHS
    assert all(f.next_step and f.fingerprint and f.check in CHECKS for f in findings(results))
    said = verdict(results, audited=8, classes=8)
    assert said.outcome == "flagged"
    assert f"{len(findings(results))} findings to look at" in said.headline


def test_faultless_records(planted):
    records = planted.measured(planted.ordinary(), unconstrained=("slope", "colour"))
    results = run_checks(planted.given(records, robustness=NONE_ATTACKED), effective({}))
    assert findings(results) == []
    said = verdict(results, audited=8, classes=8)
    assert said.outcome == "nothing flagged"
    assert len(OF_CHANGES) == 9
    assert said.headline.startswith("3 automatic checks found nothing, 13 could not decide, 2 only rank.")
    assert said.counts == {
        "passed": 3,
        "inconclusive": 2,  # pieces of photographs that are not there, among them
        "ranking": 2,
        "not applicable": len(WITHOUT_PHOTOGRAPHS) - 1,
    }
    assert {entry.what for entry in said.not_checked} == WITHOUT_PHOTOGRAPHS | {"unreliable-picture"}


@pytest.mark.parametrize("seed", range(5))
def test_order_of_classes_and_pictures_does_not_matter(planted, seed):
    records = faulty(planted)
    expected = run_checks(records, effective({}))
    shuffle = random.Random(seed).shuffle
    classes = []
    for result in records.classes:
        drawn = list(result.pictures)
        shuffle(drawn)
        classes.append(result.model_copy(update={"pictures": drawn}))
    shuffle(classes)
    model = records.model.model_copy(update={"classes": list(reversed(records.model.classes))})
    assert run_checks(planted.given(records, model=model, classes=classes), effective({})) == expected


def test_fingerprints_do_not_depend_on_the_run(planted):
    records = faulty(planted)
    first = {f.fingerprint for f in findings(run_checks(records, effective({})))}
    fewer = [c for c in records.classes if c.label.index < 5]
    again = planted.given(records, classes=fewer)
    second = {f.fingerprint for f in findings(run_checks(again, effective({})))}
    assert second & first
    assert all(len(f) == 16 for f in first)


def test_a_check_that_raises_is_shown_and_hides_no_other(planted, monkeypatch):
    def broken(results, limits):
        raise ZeroDivisionError("no classes left")

    monkeypatch.setattr(CHECKS["dead-class"], "evaluate", broken)
    results = run_checks(planted.measured(planted.ordinary()), effective({}))
    failed = [r for r in results if r.outcome == "error"]
    assert [r.meta.id for r in failed] == ["dead-class"]
    assert "ZeroDivisionError: no classes left" in failed[0].summary
    assert len(results) == len(CHECKS)
    assert verdict(results, audited=8, classes=8).outcome == "incomplete"


def outcomes(records):
    return {r.meta.id: (r.outcome, r.summary) for r in run_checks(records, effective({}))}


def test_what_is_needed_and_absent_is_said_for_all_checks_alike(planted):
    """Nothing given, a stage that was switched off, one that did not finish."""
    ran = planted.measured(planted.ordinary(), unconstrained=("slope", "colour"))
    assert outcomes(ran)["preprocessing"] == (
        "not applicable",
        "It needs photographs, and none were given: --images FOLDER.",
    )
    outcome, why = outcomes(planted.photographed(ran, [0]))["preprocessing"]
    assert (outcome, "stage preprocessing, which had nothing to do" in why) == ("not applicable", True)
    outcome, why = outcomes(ran)["adversarial-robustness"]
    assert (outcome, "stage robustness, which had nothing to do" in why) == ("not applicable", True)
    config = {"robustness": {"images": 0}}
    off = planted.given(ran, run=ran.run.model_copy(update={"config": config}))
    assert outcomes(off)["adversarial-robustness"][1].endswith(
        "had nothing to do: --set robustness.images=500."
    )
    unfinished = [
        StageInfo(name=name, version=1, units=2, done=done, views=0.0)
        for name, done in (("pictures", 0), ("statistics", 2))
    ]
    none = outcomes(planted.given(ran, run=ran.run.model_copy(update={"stages": unfinished})))
    needing = [check.META.id for check in CHECKS if "pictures" in check.META.needs]
    assert len(needing) == 5
    for check in needing:
        assert none[check] == ("not run", "It needs the stage pictures, which did not finish.")
    assert none["label-list"][0] == "passed"


def test_names_warn_and_the_rest_stops_where_no_policy_speaks():
    assert CHECKS["label-list"].META.level == "warn"
    assert CHECKS["dead-class"].META.level == "error"


def test_findings_strongest_first():
    ranked = answer(
        "inconclusive", gates=False, kind="test", check="ranks", verdicts=["observed", "observed"]
    )
    lint = answer("flagged", level="warn", check="names", verdicts=["verified", "observed"])
    limit = answer("flagged", check="limit", verdicts=["suspected", "observed"])
    order = [f.title for f in findings([ranked, lint, limit])]
    assert order == ["limit 0", "limit 1", "names 0", "ranks 0", "ranks 1", "names 1"]
