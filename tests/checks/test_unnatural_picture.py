import pytest

from audit.checks import effective, unnatural_picture
from audit.records import StatisticValue


def judge(results, **limits):
    return unnatural_picture.evaluate(results, effective(limits))


def strange(planted, colour=0.9, slope=-2.0):
    return planted.entry(4, [planted.picture(4)], colour=colour, slope=slope)


def test_planted_outlier_is_ranked_first_and_its_statistic_named(planted):
    classes = planted.replaced(planted.ordinary(), strange(planted))
    result = judge(planted.measured(classes, unconstrained=("slope", "colour")))
    assert (result.outcome, result.gates) == ("inconclusive", False)
    assert result.ranking[0].class_index == 4
    (found,) = result.findings
    assert (found.classes, found.verdict) == ([4], "observed")
    assert "the colour" in found.title
    assert "percentile 50.0" in found.detail


def test_a_statistic_that_the_prior_holds_is_no_evidence(planted):
    classes = planted.replaced(planted.ordinary(), strange(planted))
    assert judge(planted.measured(classes, unconstrained=("slope",), constrained=("colour",))).findings == []


def test_low_values_count_as_much_as_high_ones(planted):
    classes = planted.replaced(planted.ordinary(), strange(planted, colour=-0.5))
    result = judge(planted.measured(classes, unconstrained=("slope", "colour")))
    assert [f.classes for f in result.findings] == [[4]]
    assert "z = -" in result.findings[0].detail
    assert result.ranking[0].value > 0


def test_ordinary_pictures_give_no_finding(planted):
    result = judge(planted.measured(planted.ordinary(), unconstrained=("slope", "colour")))
    assert len(result.ranking) == 8
    assert result.findings == []


@pytest.mark.parametrize("unconstrained, classes", [((), 8), (("slope",), 4), (("absent",), 8)])
def test_not_applicable(planted, unconstrained, classes):
    result = judge(planted.measured(planted.ordinary()[:classes], unconstrained=unconstrained))
    assert (result.outcome, result.ranking) == ("not applicable", [])


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_missing_values_are_left_out(planted, missing):
    classes = planted.ordinary()
    empty = classes[2].model_copy(
        update={
            "statistics": {
                "images/natural/2-0.png": {"slope": StatisticValue(value=missing, percentile=None)}
            }
        }
    )
    result = judge(planted.measured(planted.replaced(classes, empty), unconstrained=("slope",)))
    assert 2 not in {r.class_index for r in result.ranking}
    assert len(result.ranking) == 7


def test_constant_statistics_are_all_zero(planted):
    flat = [planted.entry(i, [planted.picture(i)], slope=-2.0) for i in range(8)]
    result = judge(planted.measured(flat, unconstrained=("slope",)))
    assert {r.value for r in result.ranking} == {0.0}
