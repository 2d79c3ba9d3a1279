from audit.checks import dead_class
from audit.config import ChecksConfig


def judge(measurements):
    return dead_class.evaluate(measurements, ChecksConfig())


def test_living_classes_pass(planted):
    result = judge(planted.measured(planted.ordinary()))
    assert (result.outcome, result.findings) == ("passed", [])


def test_missed_by_both_priors_is_flagged(planted):
    missed = [planted.picture(3, r, prior, says=0) for prior in ("natural", "none") for r in range(2)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, missed))))
    assert result.outcome == "flagged"
    (found,) = result.findings
    assert (found.classes, found.verdict, found.effect.value) == ([3], "suspected", -3.0)
    assert (found.agreement.k, found.agreement.n) == (4, 4)
    assert [e.artefact for e in found.evidence] == ["images/natural/3-0.png", "images/none/3-0.png"]
    assert '"castle"' in found.title


def test_missed_by_the_prior_alone_is_open(planted):
    missed = [planted.picture(3, r, says=0) for r in range(4)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, missed))))
    assert result.outcome == "inconclusive"
    assert [f.verdict for f in result.findings] == ["observed"]


def test_one_success_is_enough(planted):
    almost = [planted.picture(3, r, says=0) for r in range(4)] + [planted.picture(3, 0, "none")]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, almost))))
    assert result.outcome == "passed"


def test_constant_output_is_verified_even_when_answered(planted):
    constant = [planted.picture(3, r, logit=1.5) for r in range(2)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, constant))))
    assert result.outcome == "flagged"
    assert [(f.classes, f.verdict) for f in result.findings] == [([3], "verified")]


def test_one_picture_twice_is_not_a_constant_output(planted):
    twice = [planted.picture(3, r, logit=1.5, sha256="same") for r in range(2)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, twice))))
    assert result.outcome == "passed"


def test_multi_label_asks_for_the_probability_not_the_rank(planted):
    beside = [planted.picture(i, r, says=0, probability=0.9) for i in (3,) for r in range(2)]
    classes = planted.replaced(planted.ordinary(), planted.entry(3, beside))
    assert judge(planted.measured(classes, task="multi-label")).outcome == "passed"
    assert judge(planted.measured(classes)).outcome == "inconclusive"


def test_missing_pictures_are_no_pass(planted):
    assert judge(planted.measured([planted.entry(0, [])])).outcome == "not run"
    some = planted.replaced(planted.ordinary(), planted.entry(3, []))
    assert judge(planted.measured(some)).outcome == "inconclusive"


def test_nan_margins_do_not_hide_a_dead_class(planted):
    missed = [planted.picture(3, 0, "none", says=0, margin=float("nan"), logit=float("nan"))]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, missed))))
    assert result.outcome == "flagged"
    assert result.findings[0].effect is None
