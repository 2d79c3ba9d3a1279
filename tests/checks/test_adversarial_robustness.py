"""Records with a planted share of flips."""

import pytest

from audit.checks import adversarial_robustness as check
from audit.checks import effective
from audit.records import AdversarialExample, AttackSummary, ClassFlips, FlippedWithin, Proportion, Robustness

NATURAL = AdversarialExample(
    attack="an-attack",
    norm="linf",
    label=1,
    predicted_after=3,
    epsilon=1,
    photograph=7,
    original="images/photographs/000007.png",
    file="images/adversarial/000007.png",
    origin="natural",
    probability_before=0.91,
    probability_after=0.77,
)


def levels(flips, n):
    return [
        FlippedWithin(epsilon=e, flipped=Proportion.of(k, n))
        for e, k in zip((1, 2, 4, 8), flips, strict=True)
    ]


def seen(flips=(10, 90, 95, 100), n=100, **changes):
    fields = {
        "source": "photographs",
        "tried": n + 20,
        "correct": n,
        "flipped_within": levels(flips, n),
        "classes": [],
        "predicted_after": [],
        "median_distance": 0.5 / 255,
        "not_confirmed": 0,
        "zero_gradient": 0,
        "shifts": [],
        "examples": [NATURAL],
        "attacked": [],
    }
    return Robustness(**(fields | changes))


@pytest.fixture
def judge(planted):
    def judged(robustness, plain=0, **config):
        made = planted.measured(planted.ordinary(plain=plain))
        return check.evaluate(planted.given(made, robustness=robustness), effective(config))

    return judged


@pytest.mark.parametrize(
    "flips, n, outcome",
    [((0, 70, 80, 90), 100, "flagged"), ((0, 55, 80, 90), 100, "inconclusive"),
     ((0, 30, 80, 90), 100, "passed"), ((0, 5, 5, 5), 5, "inconclusive"), ((0, 0, 0, 0), 50, "passed")],
)  # fmt: skip
def test_the_whole_interval_decides(judge, flips, n, outcome) -> None:
    result = judge(seen(flips, n))
    assert result.outcome == outcome
    assert f"{flips[1]} of {n}" in result.summary
    assert bool(result.findings) == (outcome != "passed")
    assert (result.meta.level, result.gates) == ("warn", True)


def test_limit_and_distance_are_settings(judge) -> None:
    assert judge(seen((0, 70, 80, 90)), robustness_share=0.9).outcome == "passed"
    assert judge(seen((0, 70, 80, 90)), robustness_epsilon=1.0).outcome == "passed"


def test_a_distance_between_levels_is_the_largest_below(judge) -> None:
    result = judge(seen((0, 90, 91, 92)), robustness_epsilon=3.5)
    assert result.outcome == "flagged"
    assert "3.5/255 was not tried, 2/255" in result.summary


def test_not_applicable(judge) -> None:
    assert judge(seen((0, 0, 0, 0), 0)).outcome == "not applicable"
    below = judge(seen(), robustness_epsilon=0.5)
    assert below.outcome == "not applicable"
    assert "1, 2, 4, 8" in below.summary


def test_hidden_gradients_never_pass(judge) -> None:
    assert judge(seen((0, 1, 1, 1), zero_gradient=5)).outcome == "passed"
    hidden = judge(seen((0, 1, 1, 1), zero_gradient=6))
    assert hidden.outcome == "inconclusive"
    assert "unreliable" in hidden.summary
    assert judge(seen((0, 90, 90, 90), zero_gradient=10)).outcome == "flagged"


def test_class_pictures_never_pass_and_are_named(judge) -> None:
    quiet = judge(seen((0, 0, 0, 0), source="class pictures"))
    assert quiet.outcome == "inconclusive"
    assert "--images" in quiet.summary
    loud = judge(seen(source="class pictures", predicted_after=[(3, 100)]))
    assert loud.outcome == "flagged"
    assert "class pictures" in loud.summary
    assert all("class pictures" in f.title for f in loud.findings)
    assert loud.findings[0].verdict == "suspected"


def test_the_finding_shows_both_images(judge) -> None:
    (finding,) = judge(seen()).findings
    assert (finding.scope, finding.verdict, finding.classes) == ("model", "verified", [])
    assert finding.effect.value == 0.9
    assert "1/255: 10%, 2/255: 90%" in finding.detail
    before, after = finding.evidence
    assert (before.origin, after.origin) == ("natural", "adversarial")
    assert (before.artefact, after.artefact) == (NATURAL.original, NATURAL.file)
    assert '"dumbbell" with probability 0.91' in before.caption
    assert 'at most 1/255; classified as "castle" with probability 0.77' in after.caption


def test_examples_beyond_the_distance_are_not_shown(judge) -> None:
    (finding,) = judge(seen(examples=[NATURAL.model_copy(update={"epsilon": 4.0})])).findings
    assert finding.evidence == []


def test_one_class_that_takes_the_flips_is_named(judge) -> None:
    even = [(i, 100 // 8) for i in range(8)]
    assert len(judge(seen(predicted_after=even)).findings) == 1
    model, target = judge(seen(predicted_after=[(3, 90), (4, 10)])).findings
    assert (target.scope, target.classes, target.verdict) == ("class", [3], "observed")
    assert "90 of 100" in target.detail
    assert model.fingerprint != target.fingerprint


@pytest.mark.parametrize("flips, named", [(14, False), (15, True)])
def test_the_class_that_takes_most_flips_is_corrected_for_being_looked_out(judge, flips, named) -> None:
    """Of 20 flips, against 3/7: one class takes 14 in 1.3 % of cases, one of eight in 10.5 %; 15 in 2.9 %."""
    found = judge(seen((0, 20, 20, 20), 20, predicted_after=[(3, flips), (4, 20 - flips)])).findings
    assert any(f.classes == [3] for f in found) == named


def test_classes_with_enough_images_are_ranked(judge) -> None:
    def of(index, k, epsilon, enough=True):
        return ClassFlips(
            class_index=index, enough=enough, flipped_within=levels((0, k, k, k), 10), median_distance=epsilon
        )

    classes = [of(0, 5, 0.01), of(1, 9, 0.02), of(2, 9, 0.01), of(3, 10, 0.001, False), of(4, 9, None)]
    ranking = judge(seen(classes=classes)).ranking
    assert [(r.class_index, r.value) for r in ranking] == [(2, 0.9), (1, 0.9), (4, 0.9), (0, 0.5)]
    assert "9 of 10" in ranking[0].note
    assert "2.6/255" in ranking[0].note


def test_fooling_pictures_are_mentioned(judge) -> None:
    assert (
        "Unconstrained images reach a median probability of 0.95, regularised ones 0.95, so confidence alone "
        "says nothing." in judge(seen(), plain=1).summary
    )
    assert "Unconstrained" not in judge(seen()).summary


@pytest.mark.parametrize(
    "bare, follows", [(0.95, True), (0.91, True), (0.89, False), (0.2, False), (float("nan"), False)]
)
def test_that_confidence_says_nothing_is_said_only_where_it_follows(planted, bare, follows) -> None:
    classes = [
        planted.entry(i, [planted.picture(i, 0), planted.picture(i, 0, prior="none", probability=bare)])
        for i in range(8)
    ]
    given = planted.given(planted.measured(classes), robustness=seen())
    summary = check.evaluate(given, effective({})).summary
    assert f"median probability of {bare:.2f}, regularised ones 0.95" in summary
    assert ("confidence alone says nothing" in summary) == follows


def test_unconfirmed_flips_are_said(judge) -> None:
    assert "3 flips not confirmed" in judge(seen(not_confirmed=3)).summary


def summary(**changes):
    fields = {
        "attack": "toy", "title": "a toy", "norm": "linf", "description": "a toy", "images": 100,
        "flipped_within": [], "median_distance": None, "not_confirmed": 0, "left_ball": 0, "error": None,
        "views": 1.0,
    }  # fmt: skip
    return AttackSummary(**(fields | changes))


def test_an_attack_that_did_not_end_never_lets_it_pass(judge) -> None:
    held = (0, 1, 1, 1)
    assert judge(seen(held, attacks=[summary()])).outcome == "passed"
    raised = judge(seen(held, attacks=[summary(), summary(attack="bad", error="ValueError: no", images=0)]))
    assert raised.outcome == "inconclusive"
    assert "bad failed (ValueError: no)" in raised.summary
    left = judge(seen(held, attacks=[summary(), summary(attack="wild", left_ball=3)]))
    assert left.outcome == "inconclusive"
    assert "wild left its distance or [0, 1] on 3 images" in left.summary
    # What another attack flips stays flipped.
    assert judge(seen(attacks=[summary(), summary(attack="bad", error="no")])).outcome == "flagged"


def test_the_only_attack_that_fails_is_an_error(judge) -> None:
    empty = [each.model_copy(update={"flipped": Proportion.of(0, 0)}) for each in levels((0, 0, 0, 0), 1)]
    result = judge(seen(attacks=[summary(attack="bad", error="ValueError: no")], flipped_within=empty))
    assert result.outcome == "error"
    assert "ValueError: no" in result.summary


def test_without_an_attack_of_its_norm_it_did_not_run(judge) -> None:
    empty = [each.model_copy(update={"flipped": Proportion.of(0, 0)}) for each in levels((0, 0, 0, 0), 1)]
    result = judge(seen(attacks=[summary(norm="l2")], flipped_within=empty))
    assert result.outcome == "not run"


def test_robust_accuracy_is_said_beside_the_flips(judge) -> None:
    rows = levels((10, 20, 30, 40), 100)
    rows[1] = rows[1].model_copy(update={"robust_accuracy": Proportion.of(80, 120)})
    assert "Robust accuracy 67% of 120 photographs tried" in judge(seen(flipped_within=rows)).summary
