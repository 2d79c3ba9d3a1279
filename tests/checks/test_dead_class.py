import pytest

from audit.checks import dead_class, effective


def judge(results):
    return dead_class.evaluate(results, effective({}))


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


@pytest.mark.parametrize("rank, verdicts", [(2, []), (5, []), (6, ["observed"])])
def test_missed_by_the_prior_alone_is_open_and_a_finding_only_far_behind(planted, rank, verdicts):
    missed = [planted.picture(3, r, says=0, rank=rank + r) for r in range(4)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, missed))))
    assert result.outcome == "inconclusive"
    assert "1 class of 8 not predicted on pictures regularised by the natural prior." in result.summary
    assert [f.verdict for f in result.findings] == verdicts
    assert [(r.class_index, r.value) for r in result.ranking] == [(3, -3.0)]


def test_classes_furthest_behind_are_ranked_first(planted):
    classes = planted.ordinary()
    for index, margin in ((2, -1.0), (5, -7.0), (6, -4.0)):
        missed = [planted.picture(index, r, says=0, margin=margin - r) for r in range(2)]
        classes = planted.replaced(classes, planted.entry(index, missed))
    assert [r.class_index for r in judge(planted.measured(classes)).ranking] == [5, 6, 2]


@pytest.mark.parametrize("priors", [("natural",), ("natural", "none")])
def test_a_class_that_a_photograph_is_answered_as_is_alive(planted, priors):
    missed = [planted.picture(3, r, prior, says=0, rank=9) for prior in priors for r in range(2)]
    records = planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, missed)))
    assert judge(planted.photographed(records, [0, 1])).findings[0].classes == [3]
    result = judge(planted.photographed(records, [0, 3]))
    assert (result.outcome, result.findings, result.ranking) == ("passed", [], [])
    assert "1 class that no picture reaches is alive: predicted on a photograph." in result.summary


def test_an_uncertain_answer_does_not_hold_for_many_labels(planted):
    missed = [planted.picture(3, r, "none", says=0) for r in range(2)]
    classes = planted.replaced(planted.ordinary(), planted.entry(3, missed))
    for probability, outcome in ((0.4, "flagged"), (0.6, "passed")):
        records = planted.measured(classes, task="multi-label")
        assert judge(planted.photographed(records, [3], probability)).outcome == outcome


def test_one_success_is_enough(planted):
    almost = [planted.picture(3, r, says=0) for r in range(4)] + [planted.picture(3, 0, "none")]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, almost))))
    assert result.outcome == "passed"


def test_constant_output_is_verified_even_when_answered(planted):
    constant = [planted.picture(3, r, logit=1.5, margin=0.5) for r in range(2)]
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


def test_a_logit_that_is_always_zero_is_alive_where_the_margin_moves(planted):
    """How a network with one output states its second class."""
    reference = [planted.picture(3, r, logit=0.0) for r in range(2)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, reference))))
    assert (result.outcome, result.findings) == ("passed", [])


@pytest.mark.parametrize("says, verdicts", [(0, ["verified"]), (None, [])])
def test_a_constant_logit_that_no_picture_lifts_over_the_others_is_dead(planted, says, verdicts):
    fixed = [planted.picture(3, r, "none", says=says, logit=0.0) for r in range(2)]
    result = judge(planted.measured(planted.replaced(planted.ordinary(), planted.entry(3, fixed))))
    assert [f.verdict for f in result.findings] == verdicts


def test_of_two_classes_a_constant_logit_may_be_the_reference(planted):
    """Missed, but not for want of reaction."""
    fixed = [planted.picture(0, r, "none", says=1, logit=0.0) for r in range(2)]
    result = judge(planted.measured([planted.entry(0, fixed)], labels=("no", "yes")))
    assert [f.verdict for f in result.findings] == ["suspected"]


def test_an_independent_label_is_constant_where_its_own_logit_is(planted):
    """However the margin moves, which is that of its sisters."""
    fixed = [planted.picture(3, r, logit=1.5) for r in range(2)]
    classes = planted.replaced(planted.ordinary(), planted.entry(3, fixed))
    result = judge(planted.measured(classes, task="multi-label"))
    assert [(f.classes, f.verdict) for f in result.findings] == [([3], "verified")]


def test_a_label_that_a_photograph_holds_beside_another_is_alive(planted):
    missed = [planted.picture(0, r, "none", says=3, rank=9) for r in range(2)]
    classes = planted.replaced(planted.ordinary(), planted.entry(0, missed))
    # Photographs labelled 0: the first answer is 3, the label's own probability 0.5.
    records = planted.measured(classes, task="multi-label")
    assert judge(records).outcome == "flagged"
    assert judge(planted.photographed(records, [3])).outcome == "passed"
