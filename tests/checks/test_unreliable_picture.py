import pytest

from audit.checks import effective, unreliable_picture
from audit.records import LayerPath, NaturalLayer, RunReliability


def judge(results, **limits):
    return unreliable_picture.evaluate(results, effective(limits))


def photographed(planted, classes):
    """With photographs that every picture goes the way of."""
    path = [
        LayerPath(layer="l", similarity=0.9, nearest=0.5, nearest_percentile=0.5, inactive=0.0, channels=[])
    ]
    reliability = RunReliability(
        photographs=100,
        labels="labelled",
        layers=[NaturalLayer(layer="l", nearest=0.6, inactive=0.0)],
        control=None,
    )
    return planted.given(
        planted.measured([c.model_copy(update={"path": path}) for c in classes]), reliability=reliability
    )


def doubtful(planted, k, n, agreement=0.8):
    drawn = [planted.picture(2, r, probability=0.2 if r < k else 0.9) for r in range(n)]
    return planted.entry(2, drawn, agreement)


@pytest.mark.parametrize(
    "k, outcome",
    [(0, "passed"), (1, "passed"), (4, "passed"), (5, "inconclusive"), (7, "inconclusive"), (8, "flagged")],
)
def test_outcome_follows_the_decision_over_classes(planted, k, outcome):
    classes = planted.replaced(planted.ordinary(), doubtful(planted, k, 9))
    result = judge(photographed(planted, classes))
    assert result.outcome == outcome
    assert judge(planted.measured(classes)).outcome == (outcome if outcome == "flagged" else "inconclusive")
    # The picture shown is restart 0: any doubt about it is a finding.
    assert [f.classes for f in result.findings] == ([[2]] if k else [])


def test_finding_has_interval_counts_and_a_verdict(planted):
    result = judge(planted.measured(planted.replaced(planted.ordinary(), doubtful(planted, 9, 9))))
    (found,) = result.findings
    assert found.verdict == "suspected"
    assert (found.agreement.k, found.agreement.n) == (9, 9)
    assert found.effect.interval == pytest.approx((0.025 ** (1 / 9), 1.0))
    assert result.ranking[0].class_index == 2


def test_disagreeing_restarts_are_observed_and_never_flag(planted):
    result = judge(planted.measured(planted.replaced(planted.ordinary(), doubtful(planted, 0, 9, 0.05))))
    assert result.outcome == "inconclusive"
    (found,) = result.findings
    assert found.verdict == "observed"
    assert "0.05" in found.detail


@pytest.mark.parametrize("agreement", [None, float("nan")])
def test_unmeasured_agreement_is_said(planted, agreement):
    result = judge(planted.measured(planted.replaced(planted.ordinary(), doubtful(planted, 8, 9, agreement))))
    assert "not measured" in result.findings[0].detail


def test_nan_probability_is_not_believed(planted):
    nan = planted.entry(2, [planted.picture(2, r, probability=float("nan")) for r in range(9)])
    assert judge(planted.measured(planted.replaced(planted.ordinary(), nan))).outcome == "flagged"


def test_one_restart_settles_nothing(planted):
    result = judge(planted.measured(planted.ordinary(1)))
    assert result.outcome == "inconclusive"
    assert "1 restart per class is too few to decide (6 can: --set synthesis.restarts=6)" in result.summary


def test_no_pictures(planted):
    assert judge(planted.measured([planted.entry(0, [])])).outcome == "not run"
