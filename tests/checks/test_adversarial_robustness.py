"""Records with a planted share of flips."""

import pytest

from audit.checks import adversarial_robustness as check
from audit.checks import effective
from audit.records import AdversarialExample, ClassLevels, Level, Proportion, Robustness

NATURAL = AdversarialExample(
    label=1,
    into=3,
    level=1,
    photograph=7,
    original="images/photographs/000007.png",
    file="images/adversarial/000007.png",
    origin="natural",
    probability_before=0.91,
    probability_after=0.77,
)


def levels(flips, n):
    return [Level(epsilon=e, flipped=Proportion.of(k, n)) for e, k in zip((1, 2, 4, 8), flips, strict=True)]


def seen(flips=(10, 90, 95, 100), n=100, **changes):
    fields = {
        "source": "photographs",
        "attack": "an attack",
        "tried": n + 20,
        "correct": n,
        "levels": levels(flips, n),
        "classes": [],
        "into": [],
        "median_epsilon": 0.5 / 255,
        "unconfirmed": 0,
        "flat": 0,
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
    assert judge(seen((0, 1, 1, 1), flat=5)).outcome == "passed"
    hidden = judge(seen((0, 1, 1, 1), flat=6))
    assert hidden.outcome == "inconclusive"
    assert "unreliable" in hidden.summary
    assert judge(seen((0, 90, 90, 90), flat=10)).outcome == "flagged"


def test_class_pictures_never_pass_and_are_named(judge) -> None:
    quiet = judge(seen((0, 0, 0, 0), source="class pictures"))
    assert quiet.outcome == "inconclusive"
    assert "--images" in quiet.summary
    loud = judge(seen(source="class pictures", into=[(3, 100)]))
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
    assert 'at most 1/255; answered "castle" with probability 0.77' in after.caption


def test_examples_beyond_the_distance_are_not_shown(judge) -> None:
    (finding,) = judge(seen(examples=[NATURAL.model_copy(update={"level": 4.0})])).findings
    assert finding.evidence == []


def test_one_class_that_takes_the_flips_is_named(judge) -> None:
    even = [(i, 100 // 8) for i in range(8)]
    assert len(judge(seen(into=even)).findings) == 1
    model, target = judge(seen(into=[(3, 90), (4, 10)])).findings
    assert (target.scope, target.classes, target.verdict) == ("class", [3], "observed")
    assert "90 of 100" in target.detail
    assert model.fingerprint != target.fingerprint


@pytest.mark.parametrize("flips, named", [(14, False), (15, True)])
def test_the_class_that_takes_most_flips_is_corrected_for_being_looked_out(judge, flips, named) -> None:
    """Of 20 flips, against 3/7: one class takes 14 in 1.3 % of cases, one of eight in 10.5 %; 15 in 2.9 %."""
    found = judge(seen((0, 20, 20, 20), 20, into=[(3, flips), (4, 20 - flips)])).findings
    assert any(f.classes == [3] for f in found) == named


def test_classes_with_enough_images_are_ranked(judge) -> None:
    def of(index, k, epsilon, enough=True):
        return ClassLevels(
            class_index=index, enough=enough, levels=levels((0, k, k, k), 10), median_epsilon=epsilon
        )

    classes = [of(0, 5, 0.01), of(1, 9, 0.02), of(2, 9, 0.01), of(3, 10, 0.001, False), of(4, 9, None)]
    ranking = judge(seen(classes=classes)).ranking
    assert [(r.class_index, r.value) for r in ranking] == [(2, 0.9), (1, 0.9), (4, 0.9), (0, 0.5)]
    assert "9 of 10" in ranking[0].note
    assert "2.6/255" in ranking[0].note


def test_fooling_pictures_are_mentioned(judge) -> None:
    assert "0.95, natural ones 0.95" in judge(seen(), plain=1).summary
    assert "fooling" not in judge(seen()).summary


def test_unconfirmed_flips_are_said(judge) -> None:
    assert "3 flips not confirmed" in judge(seen(unconfirmed=3)).summary
