import math

import pytest

from audit.calibration.recorded_scores import piece_scores, recorded_scores
from audit.calibration.scores import log_odds
from audit.records import ChangeEffect, FittedProbe, LastLayer, Probes
from audit.records.parts import ToldByPieces

K = 5


def effect(change, family, target, amount, control_of=None, classes=range(K)):
    classes = list(classes)
    return ChangeEffect(
        change=change,
        family=family,
        control_of=control_of,
        classes=classes,
        shift=[amount if c == target else 0.0 for c in classes],
        turned=[round(20 * amount) if c == target else 0 for c in classes],
        others=[40] * len(classes),
        lost=[0] * len(classes),
        own=[10] * len(classes),
        to=[-1] * len(classes),
        accuracy=(0.9, 0.9),
    )


def probes(effects=(), fitted=(), layer=None):
    return Probes(
        carriers="photographs",
        photographs=50,
        held_back=50,
        effects=list(effects),
        fitted=list(fitted),
        last_layer=layer,
        tests=[],
    )


def fitted(index, amount):
    return FittedProbe(
        class_index=index,
        family="patch",
        place="left",
        seed=0,
        file="f",
        finished=True,
        effect=effect(f"patch-{index}", "patch", index, amount),
    )


def firsts(scores):
    """Test → its leading class."""
    return {score.test: score for score in reversed(scores)}


def test_of_each_test_the_change_that_stands_out_most() -> None:
    given = probes(
        [effect("a", "border", 1, 0.5), effect("b", "border", 2, 1.5), effect("c", "cast", 4, 0.2)]
    )
    found = firsts(recorded_scores(given, {}, K))
    assert (found["shift-border"].change, found["shift-border"].class_index) == ("b", 2)
    # 1.5, where the median of the three changes is 0.5.
    assert found["shift-border"].value == pytest.approx(3.0)
    assert found["shift-border"].first == pytest.approx(1.5)
    assert (found["turned-border"].first, found["turned-border"].second) == (0.75, 0.0)
    assert found["shift-cast"].class_index == 4


def test_the_scale_of_a_networks_shifts_does_not_count() -> None:
    def values(factor: float) -> list[float]:
        changes = [("a", "border", 1, 0.5), ("b", "cast", 2, 1.5), ("c", "checker", 4, 0.2)]
        given = probes([effect(name, family, c, factor * lead) for name, family, c, lead in changes])
        scores = firsts(recorded_scores(given, {}, K))
        return [s.value for s in scores.values() if s.test.startswith("shift-")]

    assert values(1.0) == pytest.approx(values(0.25))


def test_of_few_classes_a_small_shift_counts_nothing() -> None:
    def value(amount: float, k: int) -> float:
        changes = [("a", "border", 1, amount), ("b", "cast", 0, 0.7), ("c", "checker", 1, 0.7)]
        given = probes([effect(name, family, c, size, classes=range(k)) for name, family, c, size in changes])
        return firsts(recorded_scores(given, {}, k))["shift-border"].value

    assert value(0.4, 2) == 0.0
    assert value(0.6, 2) == 0.6
    assert value(0.4, K) > 0.5


def test_controls_say_nothing() -> None:
    given = probes([effect("a", "border", 1, 0.5), effect("a~flat", "border", 2, 9.0, control_of="a")])
    found = firsts(recorded_scores(given, {}, K))
    assert found["shift-border"].change == "a"


def test_fitted_changes_are_compared_class_by_class() -> None:
    given = probes(fitted=[fitted(0, 0.1), fitted(3, 1.8), fitted(4, 0.2)])
    own = [s for s in recorded_scores(given, {}, K) if s.test == "fitted-patch"]
    assert [s.class_index for s in own] == [3, 4, 0]
    assert (own[0].change, own[0].first) == ("patch-3", 0.9)
    assert own[0].second == pytest.approx(0.1)
    # The median class is one that was given up, into which none is turned.
    assert own[0].value == pytest.approx(
        log_odds(0.9, 40) - (log_odds(0.1, 40) + log_odds((0.05 + 0.05) / 2, 40)) / 2
    )


def test_classes_that_were_not_stored_take_no_part() -> None:
    given = probes([effect("a", "border", 7, 2.0, classes=(3, 7, 9))])
    score = firsts(recorded_scores(given, {}, 1000))["shift-border"]
    assert (score.class_index, score.value, score.first) == (7, 1.0, 2.0)


def test_rows_and_margins() -> None:
    layer = LastLayer(mean=[0, 0, 1.0, 0, 0.25], positive=[1, 1, 1, 3, 1])
    found = firsts(recorded_scores(probes(layer=layer), {0: 3.0, 1: 8.0, 4: 4.0}, K))
    assert (found["row-mean"].class_index, found["row-mean"].value) == (2, 0.75)
    assert (found["row-positive"].class_index, found["row-positive"].value) == (3, 2.0)
    assert (found["margin"].class_index, found["margin"].value) == (1, pytest.approx(math.log(2)))
    assert (found["margin"].first, found["margin"].second) == (pytest.approx(8.0), pytest.approx(4.0))
    assert recorded_scores(None, {}, K) == []
    assert recorded_scores(None, {0: math.nan}, K) == []


def left(told, lost=None, change="outside-alone", family="surround", shown=20):
    """What a part of the picture tells of classes."""
    k = len(told)
    given = effect(change, family, 0, 0.0, classes=range(k))
    return given.model_copy(update={"told": told, "shown": [shown] * k, "lost": lost or [0] * k})


def test_a_class_that_is_told_by_what_is_left_leads_and_nothing_else_of_it_counts() -> None:
    found = firsts(recorded_scores(probes([left([0.5, 0.5, 0.95, 0.6, 0.5])]), {}, K))
    assert list(found) == ["told-surround"]
    best = found["told-surround"]
    assert (best.class_index, best.first, best.second) == (2, 0.95, 0.6)
    # Half of the next class's log odds is taken off; those of the median are nought.
    assert best.value == pytest.approx(log_odds(0.95, 20) - 0.5 * log_odds(0.6, 20))


def test_told_worse_than_by_chance_is_not_told_and_few_photographs_say_nothing() -> None:
    found = firsts(recorded_scores(probes([left([0.1, 0.2, 0.3, 0.2, 0.1])]), {}, K))
    assert found["told-surround"].value == 0
    assert not recorded_scores(probes([left([0.9] * K, shown=2)]), {}, K)


def test_of_two_classes_the_cue_is_of_the_one_that_is_lost_without_it() -> None:
    found = recorded_scores(probes([left([0.9, 0.9], lost=[6, 1])]), {}, 2)
    assert [(score.test, score.class_index) for score in found] == [("told-surround", 0)]


def told_pieces(edge, middle, shown=None) -> ToldByPieces:
    return ToldByPieces(
        photographs=50 * len(edge), told={"edge": edge, "middle": middle}, shown=shown or [50] * len(edge)
    )


def test_pieces_at_the_edge_are_scored_beside_the_next_class() -> None:
    given = told_pieces([0.6, 0.95, 0.55, 0.5, 0.5], [0.5, 0.5, 0.7, 0.6, 0.5])
    found = firsts(piece_scores(given))
    assert set(found) == {"told-edge-piece"}  # in the middle pieces tell some objects better than others
    edge = found["told-edge-piece"]
    assert (edge.class_index, edge.first, edge.second, edge.change) == (1, 0.95, 0.6, "")
    # Half beside the next class, half beside the median one: .6, and between .5 and .55.
    median = (log_odds(0.55, 50) + log_odds(0.5, 50)) / 2
    assert edge.value == pytest.approx(log_odds(0.95, 50) - log_odds(0.6, 50) / 2 - median / 2)


def test_pieces_of_classes_with_hardly_a_photograph_are_not_scored_and_none_without_pieces() -> None:
    given = told_pieces([0.6, 1.0, 0.55, 0.5, 0.5], [0.5] * 5, shown=[50, 2, 50, 50, 50])
    assert all(score.class_index != 1 for score in piece_scores(given))
    assert piece_scores(None) == []


def test_pieces_are_scored_with_probes_and_without() -> None:
    given = told_pieces([0.6, 0.95, 0.55, 0.5, 0.5], [0.5] * 5)
    for probed in (None, probes([effect("a", "border", 1, 0.5)])):
        without, found = (recorded_scores(probed, {}, K, pieces) for pieces in (None, given))
        new = [score for score in found if score not in without]
        assert {score.test for score in new} == {"told-edge-piece"}
        assert [score for score in found if score not in new] == without
