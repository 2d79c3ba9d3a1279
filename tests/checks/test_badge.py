import pytest

from audit.checks import effective, unreliable_picture
from audit.records import Compared, Control, LayerPath, NaturalLayer, Proportion, RunReliability


def way(similarity=0.8, nearest_percentile=0.5, inactive=0.0, error=0.05, photographs=30):
    return [
        LayerPath(
            layer=n,
            similarity=similarity,
            similarity_error=error,
            photographs=photographs,
            nearest=0.5,
            nearest_percentile=nearest_percentile,
            inactive=s,
            channels=[7] if s else [],
        )
        for n, s in (("block", inactive), ("penultimate features", 0.0))
    ]


def reliability(photographs=100, p=1e-5, agreement=1e-5):
    layers = [NaturalLayer(layer=n, nearest=0.6, inactive=0.01) for n in ("block", "penultimate features")]
    control = Control(
        classes=10,
        probability=Compared(network=0.9, control=0.1, p=p),
        agreement=Compared(network=0.9, control=0.1, p=agreement),
    )
    return RunReliability(photographs=photographs, labels="labelled", layers=layers, control=control)


def judged(planted, path, run, changed=None):
    classes = [c.model_copy(update={"path": path}) for c in planted.ordinary()]
    if changed is not None:
        classes = planted.replaced(classes, changed)
    return unreliable_picture.evaluate(
        planted.given(planted.measured(classes), reliability=run), effective({})
    )


def states(result):
    return {badge.state for badge in result.badges.values()}


def test_all_evidence_for_is_reliable(planted):
    result = judged(planted, way(), reliability())
    assert (states(result), result.outcome, result.findings) == ({"picture reliable"}, "passed", [])
    assert "8 pictures: 8 reliable" in result.summary


@pytest.mark.parametrize(
    "path, run, state",
    [
        (
            [],
            reliability(),
            "picture not judged",
        ),  # no photographs: nothing speaks against it, nor enough for it
        (way(similarity=0.2), reliability(), "picture misleading"),
        (way(similarity=0.4), reliability(), "picture doubtful"),
        (
            way(similarity=0.4, error=0.001),
            reliability(),
            "picture doubtful",
        ),  # certainly under the limit, but not by far
        (way(similarity=0.2, error=0.15, photographs=5), reliability(), "picture doubtful"),
        (way(similarity=0.2, error=None, photographs=0), reliability(), "picture doubtful"),  # an older run
        (way(inactive=0.6), reliability(), "picture misleading"),
        (way(inactive=0.2), reliability(), "picture reliable"),
        (
            way(inactive=0.6),
            reliability(photographs=20),
            "picture reliable",
        ),  # too few photographs to say what none drives
        (way(similarity=None), reliability(), "picture reliable"),
        (
            way(similarity=None, nearest_percentile=0.0),
            reliability(),
            "picture reliable",
        ),  # by inactive units; no near neighbour is not against
        (way(), reliability(p=0.5, agreement=0.004), "picture reliable"),
        (way(), reliability(p=0.5, agreement=0.4), "picture misleading"),
    ],
)
def test_the_rule(planted, path, run, state):
    assert states(judged(planted, path, run)) == {state}


@pytest.mark.parametrize(
    "shares, states",
    [
        ([8] * 8, ["picture reliable"] * 8),
        ([8] * 7 + [0], ["picture reliable"] * 7 + ["picture doubtful"]),
        ([1] * 7 + [4], ["picture misleading"] * 7 + ["picture reliable"]),  # half survive: not this class
        (
            [0] * 6 + [4] * 2,
            ["picture doubtful"] * 6 + ["picture reliable"] * 2,
        ),  # 6 of 8 is no certain majority
        ([None] * 8, ["picture reliable"] * 8),
        (
            [0] * 3 + [None] * 5,
            ["picture doubtful"] * 3 + ["picture reliable"] * 5,
        ),  # too few to speak of the network
    ],
)
def test_what_becomes_of_the_answer_in_photographs(planted, shares, states):
    classes = [
        c.model_copy(update={"path": way(), "cut_and_paste": None if k is None else Proportion.of(k, 8)})
        for c, k in zip(planted.ordinary(), shares, strict=True)
    ]
    result = unreliable_picture.evaluate(
        planted.given(planted.measured(classes), reliability=reliability()), effective({})
    )
    assert [result.badges[c.label.index].state for c in classes] == states
    if "picture misleading" in states:
        assert result.outcome == "flagged"
        assert "by other features than photographs" in result.findings[0].detail
    elif "picture doubtful" in states:
        assert (result.outcome, result.findings[0].verdict) == ("inconclusive", "observed")
        assert (
            "into 8 photographs of other classes: 0 are then classified as this class"
            in result.findings[0].detail
        )


def test_whether_the_way_decides_is_corrected_for_the_number_of_classes(planted):
    """t = -0.3 / 0.1 with 9 degrees of freedom has p = .0075; Holm over eight classes makes it .06."""
    odd = way(similarity=0.2, error=0.1, photographs=10)
    changed = planted.entry(2, [planted.picture(2, r) for r in range(9)]).model_copy(update={"path": odd})
    result = judged(planted, way(), reliability(), changed)
    assert (result.badges[2].state, result.outcome) == ("picture doubtful", "inconclusive")
    assert (
        "Below the limit of 0.5 (t test over 10 photographs: p = 0.06, corrected for the number of classes)"
        in result.findings[0].detail
    )
    alone = unreliable_picture.evaluate(
        planted.given(planted.measured([changed]), reliability=reliability()), effective({})
    )
    assert (alone.badges[2].state, alone.outcome) == ("picture misleading", "flagged")


def test_pictures_that_were_not_judged_do_not_pass(planted):
    result = judged(planted, [], reliability())
    assert (states(result), result.outcome) == ({"picture not judged"}, "inconclusive")
    assert "8 pictures could not be judged without photographs: --images FOLDER" in result.summary


def test_an_inactive_unit_is_named_in_the_finding(planted):
    changed = planted.entry(2, [planted.picture(2, r) for r in range(9)]).model_copy(
        update={"path": way(inactive=0.6)}
    )
    result = judged(planted, way(), reliability(), changed)
    (found,) = result.findings
    assert (result.outcome, found.verdict, found.classes) == ("flagged", "suspected", [2])
    assert (
        "Layer block: 60% of the activity is in channels that are inactive on photographs (channel 7)"
        in found.detail
    )


@pytest.mark.parametrize(
    "inactive, said",
    [
        (0.0, "No layer uses channels that are inactive on photographs."),
        (0.001, "Less than 1% of a layer's activity is in channels that are inactive on photographs."),
        (0.2, "At most 20% of a layer's activity is in channels that are inactive on photographs."),
    ],
)
def test_the_largest_share_of_inactive_channels_is_said(planted, inactive, said):
    badge = judged(planted, way(inactive=inactive), reliability()).badges[0]
    assert {e.name: e.text for e in badge.evidence}["inactive units"] == said


def test_a_control_as_good_as_the_network_is_one_finding_about_the_model(planted):
    result = judged(planted, way(), reliability(p=0.3, agreement=0.6))
    (found,) = result.findings
    assert (result.outcome, found.scope, found.classes) == ("flagged", "model", [])
    assert "not significantly more convincing" in found.detail


def test_one_restart_without_photographs_shouts_at_no_class(planted):
    result = unreliable_picture.evaluate(planted.measured(planted.ordinary(1)), effective({}))
    assert (states(result), result.findings) == ({"picture not judged"}, [])


def test_most_restarts_unconvinced_is_not_believed(planted):
    weak = planted.entry(2, [planted.picture(2, r, probability=0.2) for r in range(9)])
    result = judged(planted, way(), reliability(), weak)
    assert result.badges[2].state == "picture misleading"
    assert result.ranking[0].class_index == 2
