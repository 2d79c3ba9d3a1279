import pytest

from audit.checks import effective, preprocessing
from audit.records import PreprocessingTrials, Trial

GIVEN = ("as given", "as given", "", 60, 0, 0)
LOSING = ("blue, green, red", "channel order", "--channel-order bgr", 40, 2, 22)


def trial(name, kind, flags, correct, gained, lost, confidence=0.8, **more):
    return Trial(
        name=name,
        kind=kind,
        flags=flags,
        correct=correct,
        gained=gained,
        lost=lost,
        confidence=confidence,
        **more,
    )


def tried(*rows, n=100, labelled=True):
    found = [row if isinstance(row, Trial) else trial(*row) for row in rows]
    return PreprocessingTrials(photographs=n, labelled=labelled, trials=found, classes_file=None)


@pytest.fixture
def judge(planted):
    def answer(trials, classes=8, **limits):
        names = [f"thing {i}" for i in range(classes)]
        measured = planted.given(planted.measured([], names), preprocessing=trials)
        return preprocessing.evaluate(measured, effective(limits))

    return answer


def test_none_better_passes(judge):
    result = judge(tried(GIVEN, LOSING))
    assert (result.outcome, result.findings, result.gates) == ("passed", [], True)
    shown = "60 of 100 photographs are classified correctly; "
    assert result.summary == f"{shown}the other preprocessing does not do significantly better."
    two = judge(tried(GIVEN, LOSING, LOSING)).summary
    assert two == f"{shown}none of 2 other preprocessings does significantly better."


def test_the_best_of_the_better_ones_is_named_with_its_flags(judge):
    good = ("mean 0", "scale", "--mean 0 --std 1", 80, 22, 2)
    better = ("both", "combination", "--mean 0 --std 1 --channel-order bgr", 90, 31, 1)
    result = judge(tried(GIVEN, LOSING, good, better))
    assert result.outcome == "flagged"
    (found,) = result.findings
    assert (found.verdict, found.scope, found.classes) == ("verified", "model", [])
    assert found.next_step.endswith(": --mean 0 --std 1 --channel-order bgr")
    assert found.effect.value == pytest.approx(0.3)
    assert 0.05 < found.effect.interval[0] < 0.3 < found.effect.interval[1]
    assert found.p.raw < found.p.adjusted <= 10 * found.p.raw
    assert "32 photographs" in found.p.null
    assert "mean 0 (80)" in found.detail


ORDER = ("blue, green, red", "channel order", "--channel-order bgr")
THREE = ("all three", "combination", "--mean 0 --std 1 --channel-order bgr --resize none")


@pytest.mark.parametrize(
    "order, best_only, own_only, advised",
    [
        (92, 0, 0, ORDER),
        (90, 3, 1, ORDER),
        (84, 9, 1, ORDER),  # p .011
        (83, 9, 0, THREE),  # p .002
    ],
)
def test_the_smallest_set_that_is_not_significantly_worse_is_advised(
    judge, order, best_only, own_only, advised
):
    alone = trial(*ORDER, order, order - 60, 0, changes=1, best_only=best_only, own_only=own_only)
    three = trial(*THREE, 92, 32, 0, changes=3, best_only=0, own_only=0, confidence=0.9)
    (found,) = judge(tried(GIVEN, alone, three)).findings
    assert found.next_step == f"Add to the command: {advised[2]}"
    assert found.effect.value == pytest.approx(((order if advised is ORDER else 92) - 60) / 100)
    assert ("not significantly better" in found.detail) == (advised is ORDER and order < 92)


def test_equal_counts_fall_to_the_surer_answers(judge):
    rows = [trial(str(c), "scale", f"--mean {c} --std 1", 80, 20, 0, confidence=c) for c in (0.5, 0.7, 0.6)]
    assert judge(tried(GIVEN, *rows)).findings[0].next_step.endswith("--mean 0.7 --std 1")


@pytest.mark.parametrize(
    "gained, lost, trials, outcome",
    [
        (10, 0, 1, "flagged"),
        (10, 0, 20, "passed"),  # p .001 x 20 is above .01
        (12, 0, 20, "flagged"),
        (15, 11, 1, "passed"),
        (40, 36, 1, "passed"),
    ],
)
def test_p_is_corrected_for_the_trials(judge, gained, lost, trials, outcome):
    other = ("other", "scale", "--mean 0 --std 1", 60 + gained - lost, gained, lost)
    losing = ("another", "scale", *LOSING[2:])
    assert judge(tried(GIVEN, other, *[losing] * (trials - 1))).outcome == outcome


def test_a_kind_with_few_trials_is_not_drowned_by_one_with_many(judge):
    order = ("blue, green, red", "channel order", "--channel-order bgr", 70, 11, 1)
    lists = [(f"list {i}", "labels", "", 1, 0, 59) for i in range(9)]
    assert judge(tried(GIVEN, order, *lists)).outcome == "flagged"
    assert judge(tried(GIVEN, (*order[:3], 68, 10, 2), *lists)).outcome == "passed"


def test_a_gain_too_small_to_matter_passes(judge):
    other = trial("other", "scale", "--mean 0 --std 1", 640, 40, 0)
    rows = (trial(*GIVEN[:3], 600, 0, 0), other)
    assert judge(tried(*rows, n=1000)).outcome == "passed"
    result = judge(tried(*rows, n=1000), preprocessing_gain=0.03)
    assert (result.outcome, result.findings[0].verdict) == ("flagged", "suspected")


def test_few_photographs_cannot_pass(judge):
    rows = (trial(*GIVEN[:3], 12, 0, 0), trial(*LOSING[:3], 8, 0, 4))
    assert judge(tried(*rows, n=20)).outcome == "inconclusive"
    # Where nearly all are right there is nothing to gain.
    rows = (trial(*GIVEN[:3], 19, 0, 0), trial(*LOSING[:3], 8, 0, 11))
    assert judge(tried(*rows, n=20)).outcome == "passed"


@pytest.mark.parametrize("confidence, sure", [(0.8, True), (0.3, False)])
def test_a_network_at_chance_is_called_untrained(judge, confidence, sure):
    rows = (trial(*GIVEN[:3], 1, 0, 0, confidence=confidence), trial(*LOSING[:3], 2, 2, 1))
    result = judge(tried(*rows), classes=100)
    assert result.outcome == "flagged"
    assert "no more than by chance (1.0% of them)" in result.summary
    (found,) = result.findings
    assert (found.verdict, found.p) == ("suspected", None)
    assert "no better than chance" in found.title
    assert "the network looks untrained, or trained on other classes" in found.detail
    assert ("photographs in the wrong folders" in found.detail) == sure
    assert "--weights" in found.next_step
    assert "--classes" in found.next_step


def test_from_chance_to_chance_is_no_advice(judge):
    """Every photograph is answered as one class; with another scale as another, of which there are more."""
    scale = trial("scale", "scale", "--mean 0 --std 1", 14, 14, 0, by_chance=0.14)
    rows = (trial(*GIVEN[:3], 0, 0, 0, by_chance=0.0), scale)
    result = judge(tried(*rows), classes=100)
    assert "looks untrained" in result.summary
    assert "--mean" not in result.findings[0].next_step
    # The same gain where the answers vary with the labels is advice.
    real = scale.model_copy(update={"by_chance": 0.01})
    assert judge(tried(rows[0], real), classes=100).findings[0].next_step.endswith("--mean 0 --std 1")


@pytest.mark.parametrize("right, by_chance, outcome", [(50, 0.5, "flagged"), (98, 0.5, "passed")])
def test_one_answer_for_all_photographs_of_two_classes_is_chance(judge, right, by_chance, outcome):
    rows = (trial(*GIVEN[:3], right, 0, 0, by_chance=by_chance), trial(*LOSING[:3], 1, 0, right - 1))
    assert judge(tried(*rows), classes=2).outcome == outcome


def test_few_photographs_show_no_chance(judge):
    few = (trial(*GIVEN[:3], 0, 0, 0, confidence=0.6), trial(*LOSING[:3], 0, 0, 0))
    assert judge(tried(*few, n=3), classes=100).outcome == "inconclusive"


def test_a_list_that_fits_is_blamed_not_the_path(judge):
    other = ("classes in order of their ids", "labels", "--classes RUN/classes-that-fit.txt", 80, 79, 0)
    result = judge(tried(trial(*GIVEN[:3], 1, 0, 0), other), classes=100)
    assert result.findings[0].title.startswith("The class list does not fit")
    assert result.findings[0].next_step.endswith("--classes RUN/classes-that-fit.txt")


def test_without_usable_photographs_or_labels(judge):
    flat = trial("as given", "as given", "", None, None, None)
    assert judge(tried(flat, flat, labelled=False)).outcome == "inconclusive"
    assert judge(tried(n=0)).outcome == "inconclusive"
