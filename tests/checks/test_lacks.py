"""What a check says that settings cannot give it, against what it then answers."""

import pytest
import trigger_run

from audit.checks import CHECKS, effective, lacks
from audit.checks._blind_spots import BLIND_SPOTS
from audit.config import read_config


def lacking(check, *settings, photographs=True, preset="standard"):
    return [lack.setting for lack in lacks(check, read_config(preset, settings), photographs=photographs)]


@pytest.mark.parametrize("check", ["preprocessing", "unreliable-picture", "adversarial-robustness"])
def test_photographs(check):
    assert lacking(check, photographs=False) == ["--images FOLDER"]
    assert lacking(check) == []


@pytest.mark.parametrize("check", ["dead-class", "label-list", "unnatural-picture"])
def test_no_need(check):
    assert lacking(check, photographs=False, preset="quick") == []


def test_a_margin_needs_a_table_of_clean_networks():
    with trigger_run.judged_by(None):
        (lack,) = lacks("margin-outlier", read_config("quick"), photographs=False)
    assert (lack.why, lack.setting) == ("there is no table of what clean networks show", "")
    with trigger_run.judged_by(trigger_run.null()):
        assert lacking("margin-outlier", photographs=False, preset="quick") == []


@pytest.mark.parametrize(
    "check, given, setting",
    [
        ("preprocessing", "preprocessing.photographs=0", "preprocessing.photographs=200"),
        ("adversarial-robustness", "robustness.images=0", "robustness.images=500"),
        ("adversarial-robustness", "robustness.epsilons=[4, 8]", "robustness.epsilons=[2]"),
        (
            "adversarial-robustness",
            "checks.robustness_epsilon=0.5",
            "checks.robustness_epsilon=1",
        ),
        ("class-overlap", "synthesis.restarts=1", "synthesis.restarts=6"),
        ("unreliable-picture", "synthesis.restarts=5", "synthesis.restarts=6"),
    ],
)
def test_the_setting_that_is_named_is_enough(check, given, setting):
    assert lacking(check, given) == [f"--set {setting}"]
    assert lacking(check, given, setting) == []


@pytest.mark.parametrize("limit", [0.3, 0.5])
def test_class_overlap_passes_with_the_restarts_that_it_asks_for_and_no_fewer(planted, limit):
    given = ["synthesis.restarts=1", f"checks.overlap_share={limit}"]
    (setting,) = lacking("class-overlap", *given)
    enough = int(setting.removeprefix("--set synthesis.restarts="))
    assert enough > 1
    outcomes = []
    for restarts in (enough - 1, enough):
        records = planted.measured(planted.ordinary(restarts=restarts))
        outcomes.append(
            CHECKS["class-overlap"].evaluate(records, effective({"overlap_share": limit})).outcome
        )
    assert outcomes == ["inconclusive", "passed"]


def test_checks_cover_blind_spots_that_exist():
    assert {key for check in CHECKS for key in check.META.covers} <= set(BLIND_SPOTS)
