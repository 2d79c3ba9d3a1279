"""Suspicion from clean networks and causal test → verdict, level, outcome and words."""

import pytest
import trigger_run

from audit.calibration import Judged, NullTable, Score
from audit.checks import CHECKS, effective, run_checks
from audit.checks._causal import by_test, verified_scales
from audit.checks._causal_words import Words, chain
from audit.checks._null import Suspicion
from audit.records import (
    CausalTest,
    ChangeEffect,
    ControlTest,
    FittedProbe,
    Interval,
    Probes,
    Proportion,
    StageInfo,
)

K, TARGET = 8, 3
NOTHING = Interval(value=0.0, interval=(-0.1, 0.1))
MUCH = Interval(value=1.5, interval=(1.2, 1.8))
CHANGES = {check.META.id for check in CHECKS if "probes" in check.META.needs}


def effect(change="patch-of-3", family="patch", turned=60, lost=0, shift=1.5, target=TARGET):
    """A change that does something for one class only."""
    spread = [0.01 * c for c in range(K)]
    return ChangeEffect(
        change=change,
        family=family,
        control_of=None,
        classes=list(range(K)),
        shift=[shift if c == target else spread[c] for c in range(K)],
        turned=[turned if c == target else 0 for c in range(K)],
        others=[80] * K,
        lost=[lost if c == target else 0 for c in range(K)],
        own=[20] * K,
        to=[-1] * K,
        accuracy=(0.9, 0.6),
    )


def causal(change="patch-of-3", family="patch", turned=60, lost=0, control=0, **changes):
    values = {
        "class_index": TARGET,
        "change": change,
        "family": family,
        "carriers": "photographs",
        "photographs": 100,
        "seed": 0,
        "turned": Proportion.of(turned, 80),
        "shift": MUCH,
        "gap": NOTHING,
        "excess": NOTHING,
        "lost": Proportion.of(lost, 20),
        "lost_elsewhere": Proportion.of(4, 80),
        "accuracy": (0.9, 0.6),
        "controls": [noise(control)],
        "examples": [],
    }
    return CausalTest(**{**values, **changes})


def noise(turned=0, kind="noise", shift=0.0):
    share, none = Proportion.of(turned, 80), Proportion.of(0, 20)
    return ControlTest(kind=kind, turned=share, lost=none, shift=shift, gap=0.0)


def probed(planted, effects=(), fitted=(), tests=(), carriers="photographs"):
    """Records of a run with these changes; patches that were fitted to another class turn nothing."""
    of_others = [effect("patch-of-5", turned=0, target=5)] if fitted else []
    probes = Probes(
        carriers=carriers,
        photographs=100,
        held_back=100,
        effects=list(effects),
        fitted=[
            FittedProbe(
                class_index=int(e.change[-1]),
                family=e.family,
                place="left",
                seed=0,
                file="changes/patch.npz",
                finished=True,
                effect=e,
            )
            for e in (*fitted, *of_others)
        ],
        last_layer=None,
        tests=list(tests),
    )
    records = planted.measured(planted.ordinary(), unconstrained=("slope", "colour"))
    ran = [*records.run.stages, StageInfo(name="probes", version=1, units=1, done=1, views=1.0)]
    run = records.run.model_copy(update={"stages": ran})
    return planted.given(records, probes=probes, run=run)


def answers(records, table=None, **limits):
    with trigger_run.judged_by(trigger_run.null(K) if table is None else table):
        return {r.meta.id: r for r in run_checks(records, effective(limits))}


def flagged(planted, **test):
    """What localized-trigger says of one fitted patch with this causal test."""
    records = probed(planted, fitted=[effect()], tests=[causal(**test)])
    result = answers(records)["localized-trigger"]
    (finding,) = result.findings
    return result, finding


@pytest.mark.parametrize(
    "test, scales",
    [
        ({"turned": 60}, ("sufficient",)),
        ({"turned": 60, "control": 50}, ()),
        ({"turned": 20}, ()),
        ({"turned": 10, "gap": MUCH, "excess": MUCH}, ("contributory",)),
        ({"turned": 10, "gap": MUCH}, ()),
        ({"turned": 10, "gap": Interval(value=0.2, interval=(0.08, 0.3)), "excess": MUCH}, ()),
        ({"turned": 10, "excess": MUCH}, ()),
        ({"turned": 10, "lost": 18}, ("harm",)),
        ({"turned": 10, "lost": 18, "lost_elsewhere": Proportion.of(70, 80)}, ()),
        ({"turned": 80, "lost": 18, "gap": MUCH, "excess": MUCH}, ("sufficient", "contributory", "harm")),
        ({"turned": 80, "lost": 18, "gap": MUCH, "excess": MUCH, "change": "color-grey", "family": "color"},
         ("harm",)),
        ({"turned": 80, "change": "without-border", "family": "border"}, ()),
        ({"turned": 80, "change": "around-grass", "family": "surround"}, ("sufficient",)),
    ],
)  # fmt: skip
def test_scales(test, scales):
    assert verified_scales(causal(**test)) == scales


def part(low, value=0.95, next_one=0.6, turned=70):
    """The test of a part of the picture: what it turns and loses is chance, and counts nothing."""
    told = Interval(value=value, interval=(low, 0.99))
    given = {"change": "outside-alone", "family": "surround", "turned": turned, "lost": 18}
    return causal(**given, gap=MUCH, excess=MUCH, told=told, told_next=next_one, controls=[])


@pytest.mark.parametrize(
    "test, scales",
    [
        (part(0.9), ("told",)),
        (part(0.65), ()),
        (part(0.9, next_one=0.92), ()),
        (part(0.9, next_one=None), ("told",)),
    ],
)
def test_a_part_tells_its_class_beyond_chance_and_every_other(test, scales):
    assert verified_scales(test) == scales
    assert by_test(test, scales, "told", rare=True) == ("verified" if scales else "suspected")


def test_a_part_that_tells_nothing_refutes_the_suspicion():
    told = Interval(value=0.5, interval=(0.42, 0.57))
    assert (
        by_test(causal(change="color-alone", family="color", told=told), (), "told", rare=True) == "refuted"
    )


def test_what_is_told_by_a_part_is_said_and_only_warns():
    test = part(0.9)
    judged = Judged(
        Score("told-surround", 4.0, TARGET, "outside-alone", 0.95, 0.6), 0.001, 0.01, "clean ones", ""
    )
    words = Words(cue="the background", without="on another background", remedy="Train")
    said = chain(words, Suspicion(judged.score, judged), test, "verified", ("told",), 1, "warn")
    text = " ".join(said)
    assert "what is around the middle alone tells" in text
    assert "0.95 (95 % interval 0.90 to 0.99), the next class with 0.60" in text
    assert "turned" not in text
    assert "of 20 that were answered as the class 2 still are" in text
    assert "it warns" in said[-1]


@pytest.mark.parametrize(
    "lost, elsewhere, harm",
    [
        (2, 4, True),  # noise as strong costs the class next to nothing
        (20, 80, True),  # it wrecks everything, while the change costs this class alone
        (20, 4, False),  # the class gives way to anything
        (18, 40, False),
    ],
)
def test_harm_is_what_noise_as_strong_does_not_do_to_this_class_alone(lost, elsewhere, harm):
    control = noise().model_copy(
        update={"lost": Proportion.of(lost, 20), "lost_elsewhere": Proportion.of(elsewhere, 80)}
    )
    scales = verified_scales(causal(turned=0, lost=16, controls=[control]))
    assert scales == (("harm",) if harm else ())


@pytest.mark.parametrize(
    "verdict, scales, level, why",
    [
        ("verified", ("sufficient",), "error", "whoever knows the change can call the class"),
        ("verified", ("harm",), "error", "the class is missed without its cue"),
        ("verified", ("sufficient",), "warn", "this check only warns"),
        ("verified", ("contributory",), "warn", "too few photographs to call the class at will"),
        ("verified", ("harm",), "warn", "by what it adds"),
        ("suspected", (), "warn", "no causal test bears it out"),
        ("suspected", ("sufficient",), "warn", "not rare enough in clean networks"),
    ],
)
def test_the_last_step_says_what_a_finding_does_to_a_release_and_why(verdict, scales, level, why):
    score = Score("fitted-patch", 3.0, TARGET, "patch-of-3", 0.8, 0.1)
    suspicion = Suspicion(score, Judged(score, 0.01, 0.02, "20 clean networks of 8 classes", ""))
    words = Words(cue="a small patch", without="", remedy="Look")
    last = chain(words, suspicion, causal(), verdict, scales, 1, level)[-1]
    assert last.startswith("Release: it stops a release" if level == "error" else "Release: it warns")
    assert why in last


def test_a_control_that_keeps_the_cue_renames_it_and_does_not_refute_it(planted):
    as_well = noise(60, "flat", shift=1.4)
    _, finding = flagged(planted, turned=60, controls=[as_well, noise()])
    assert (finding.verdict, finding.level) == ("verified", "error")
    assert "mean colour alone raises the class as much" in finding.detail
    assert finding.next_step.startswith("Look in the training photographs of the class for one colour at the")
    _, finding = flagged(planted, turned=60, controls=[noise(0, "flat"), noise()])
    assert "raises the class as much" not in finding.detail


@pytest.mark.parametrize(
    "test, verdict, level, outcome",
    [
        ({"turned": 60}, "verified", "error", "flagged"),
        ({"turned": 10, "gap": MUCH, "excess": MUCH}, "verified", "warn", "flagged"),
        ({"turned": 10}, "suspected", "warn", "flagged"),
        ({"turned": 0}, "refuted", "warn", "passed"),
    ],
)
def test_verdicts(planted, test, verdict, level, outcome):
    result, finding = flagged(planted, **test)
    assert (finding.verdict, finding.level, result.outcome) == (verdict, level, outcome)
    assert finding.classes == [TARGET]
    assert finding.change == "patch-of-3"
    assert finding.p is not None
    assert 0 < finding.p.raw <= finding.p.adjusted <= 0.05
    suspected = "Suspicion: photographs turned by fitting a patch. The chance that a clean network shows"
    for word in (suspected, "Change: patch-of-3", "Causal test on 100", "Verdict: ", "Release: it "):
        assert any(step.startswith(word) for step in finding.steps)
    assert ("stops a release" in finding.steps[-1]) == (level == "error")
    assert finding.detail == " ".join(finding.steps)
    assert f"audit probe RUN --finding {finding.fingerprint}" in finding.next_step
    assert ("look alike here" in finding.detail) == (verdict != "refuted")


def test_a_class_that_is_missed_without_its_cue_is_an_error_and_under_one_put_in_a_warning(planted):
    grey = effect("grey", "color", turned=0, lost=19, shift=0.0)
    tests = [causal("grey", "color", turned=0, lost=19)]
    (finding,) = answers(probed(planted, [grey], tests=tests))["color-reliance"].findings
    assert (finding.verdict, finding.level) == ("verified", "error")
    assert "is missed without its colour" in finding.title
    red = effect("cast-red", "cast", turned=0, lost=19, shift=0.0)
    tests = [causal("cast-red", "cast", turned=0, lost=19)]
    (finding,) = answers(probed(planted, [red], tests=tests))["color-reliance"].findings
    assert (finding.verdict, finding.level) == ("verified", "warn")
    # The effect is that which was found: photographs lost, and not the few that are turned.
    assert finding.effect.value == pytest.approx(19 / 20)
    assert "its own photographs" in finding.effect.unit
    assert "waive" not in finding.next_step, "a tint takes no colour away"


def test_without_a_causal_test_a_suspicion_stays_one(planted):
    (finding,) = answers(probed(planted, fitted=[effect()]))["localized-trigger"].findings
    assert finding.verdict == "suspected"
    assert "not made for this class and change" in finding.detail


def test_what_clean_networks_show_too_is_passed(planted):
    records = probed(planted, fitted=[effect(turned=5)], tests=[causal(turned=5)])
    result = answers(records, trigger_run.null(K, largest=5.0))["localized-trigger"]
    assert (result.outcome, result.findings) == ("passed", [])
    assert [ranked.class_index for ranked in result.ranking] == [TARGET, 5]


def test_the_largest_share_of_false_alarms_is_a_limit(planted):
    records = probed(planted, fitted=[effect()], tests=[causal()])
    raw = answers(records)["localized-trigger"].findings[0].p.adjusted
    stricter = answers(records, max_false_alarm=raw / 2)["localized-trigger"]
    # No finding, and no pass either: so rare a chance cannot be counted on the clean networks.
    assert (stricter.outcome, stricter.findings) == ("inconclusive", [])


def test_a_limit_that_clean_networks_cannot_resolve_passes_nothing(planted):
    records = probed(planted, fitted=[effect(turned=1, shift=0.1)])
    table = trigger_run.null(K, largest=9.0)
    finest = table.finest(K)
    assert answers(records, table, max_false_alarm=finest)["localized-trigger"].outcome == "passed"
    silent = answers(records, table, max_false_alarm=0.9 * finest)["localized-trigger"]
    assert silent.outcome == "inconclusive"
    assert "silence says nothing" in silent.summary


def test_what_turns_photographs_and_is_no_finding_is_said(planted):
    other = causal("texture-fur", "texture", turned=54)
    records = probed(planted, [effect("texture-fur", "texture", turned=1, shift=0.0)], tests=[other])
    result = answers(records)["texture-reliance"]
    assert (result.outcome, result.findings) == ("passed", [])
    assert "No finding, since clean networks have such changes too: " in result.summary
    assert "turns 68% of other photographs into" in result.summary
    quiet = records.model_copy(update={"probes": records.probes.model_copy(update={"tests": []})})
    assert "No finding, since" not in answers(quiet)["texture-reliance"].summary


def test_on_rendered_scenes_nothing_is_verified():
    scenes = causal(carriers="dead leaves")
    assert by_test(causal(), ("sufficient",), "fitted", rare=True) == "verified"
    assert by_test(scenes, ("sufficient",), "fitted", rare=True) == "suspected"
    score = Score("fitted-patch", 3.0, TARGET, "patch-of-3", 0.8, 0.1)
    suspicion = Suspicion(score, Judged(score, 0.001, 0.001, "20 clean networks of 8 classes", ""))
    words = Words(cue="a small patch", without="", remedy="Look")
    said = chain(words, suspicion, scenes, "suspected", ("sufficient",), 1, "warn")
    assert "what photographs would say is open" in said[-1]


def test_what_clean_networks_show_now_and_then_is_not_verified(planted):
    records = probed(planted, fitted=[effect()], tests=[causal()])
    (sure,) = answers(records)["localized-trigger"].findings
    assert sure.verdict == "verified"
    raw = sure.p.adjusted
    (finding,) = answers(records, verified_false_alarm=raw / 2)["localized-trigger"].findings
    assert (finding.verdict, finding.level) == ("suspected", "warn")
    assert "a small patch suffices to call the class. That is measured; but it is not rare" in finding.detail
    assert finding.steps[-1].endswith("not rare enough in clean networks to be verified.")
    # Asking for fewer false alarms does not make what is found anyway less sure.
    (finding,) = answers(records, max_false_alarm=1.01 * raw)["localized-trigger"].findings
    assert (finding.verdict, finding.level) == ("verified", "error")


def test_nothing_passes_without_a_table_beyond_its_classes_or_on_scenes(planted):
    quiet = effect(turned=1, shift=0.1)
    records = probed(planted, fitted=[quiet])
    with trigger_run.judged_by(None):
        found = {r.meta.id: r for r in run_checks(records, effective({}))}["localized-trigger"]
    assert (found.outcome, found.findings) == ("inconclusive", [])
    small = trigger_run.null(4, largest=9.0)
    found = answers(records, small)["localized-trigger"]
    assert found.outcome == "inconclusive"
    assert "extrapolated" in found.summary
    scenes = probed(planted, fitted=[quiet], carriers="dead leaves")
    assert answers(scenes, trigger_run.null(K, largest=9.0))["localized-trigger"].outcome == "inconclusive"
    assert answers(records, trigger_run.null(K, largest=9.0))["localized-trigger"].outcome == "passed"


def test_an_extrapolated_chance_is_said_in_the_finding(planted):
    records = probed(planted, fitted=[effect()], tests=[causal()])
    result = answers(records, trigger_run.null(4))["localized-trigger"]
    assert result.outcome == "flagged"
    (finding,) = result.findings
    assert "extrapolated: none has so many classes" in finding.detail
    assert finding.p.null.endswith(", extrapolated: none has so many classes")


def test_each_family_belongs_to_one_check_and_each_check_says_what_it_lacks():
    from audit.config import read_config

    config = read_config()
    checks = [check for check in CHECKS if check.META.id in CHANGES]
    families = [family for check in checks for family in check.FAMILIES]
    assert sorted(families) == sorted({*config.probes.families, *config.probes.fitted})
    off = config.model_copy(update={"probes": config.probes.model_copy(update={"photographs": 0})})
    with trigger_run.judged_by(trigger_run.null()):
        for check in checks:
            assert check.lacks(config, effective({}), True) == []
            assert "--images" in check.lacks(config, effective({}), False)[0].setting
            assert "probes.photographs" in check.lacks(off, effective({}), True)[0].setting
    with trigger_run.judged_by(None):
        assert all("no table" in check.lacks(config, effective({}), True)[0].why for check in checks)


def test_what_was_not_tried_is_not_applicable(planted):
    found = answers(probed(planted, fitted=[effect()]))
    assert found["watermark"].outcome == "not applicable"
    assert "watermark" in found["watermark"].summary


def test_a_margin_is_judged_where_clean_networks_have_one(planted):
    classes = planted.ordinary()
    lifted = [planted.picture(5, r, "none", margin=90.0) for r in range(2)]
    own = next(c for c in classes if c.label.index == 5)
    natural = [p for p in own.pictures if p.prior == "natural"]
    records = planted.measured(
        planted.replaced(classes, planted.entry(5, [*natural, *lifted])), unconstrained=("slope", "colour")
    )
    found = answers(records)["margin-outlier"]
    assert (found.outcome, found.gates, found.meta.level) == ("flagged", True, "warn")
    assert [(f.classes, f.verdict, f.level) for f in found.findings] == [([5], "suspected", "warn")]
    table = NullTable({K: [{"shift-border": [(float(i), 0)]} for i in range(9)]}, {})
    assert answers(records, table)["margin-outlier"].gates is False
