"""Chances of tests put together, class by class."""

import math

import pytest

from audit.calibration.asked import SCALES
from audit.calibration.evidence import BEST, NEXT, USUAL_NEXT, evidence, group_of
from audit.probes.fitting import FITTED

K = 10


def of(chance: float) -> float:
    return -math.log(chance) - 1.0


def test_the_best_groups_of_a_class_count() -> None:
    found = evidence([("fitted-patch", 2, 0.01), ("shift-checker", 2, 0.001), ("shift-border", 2, 0.02),
                      ("lost-color", 2, 0.1), ("lost-band", 2, 0.3)], K)  # fmt: skip
    assert BEST == 3
    assert found == {2: pytest.approx(of(0.001) + of(0.02) + of(0.1))}


def test_a_share_of_the_best_other_class_is_taken_off() -> None:
    found = evidence([("fitted-patch", 2, 0.01), ("shift-border", 5, 0.02), ("shift-cast", 7, 0.05)], K)
    assert found[2] == pytest.approx(of(0.01) - NEXT * of(0.02))
    assert found[5] == pytest.approx(of(0.02) - NEXT * min(of(0.01), USUAL_NEXT))
    assert found[7] == pytest.approx(of(0.05) - NEXT * min(of(0.01), USUAL_NEXT))


def test_of_few_classes_one_group_counts_and_half_of_the_next_class_is_taken_off() -> None:
    given = [("fitted-patch", 2, 0.001), ("shift-border", 2, 0.02), ("lost-color", 1, 0.1)]
    assert evidence(given, 3)[2] == pytest.approx(of(0.001) - 0.5 * of(0.1))
    assert evidence(given, 4)[2] == pytest.approx(of(0.001) + of(0.02) - 0.75 * of(0.1))


def test_two_flaws_do_not_hide_each_other() -> None:
    given = [(test, c, 1e-6) for c in (2, 5) for test in ("fitted-patch", "shift-border", "lost-color")]
    found = evidence(given, K)
    alone = evidence([one for one in given if one[1] == 2], K)
    assert found[2] == found[5] == pytest.approx(alone[2] - NEXT * USUAL_NEXT)
    assert found[2] > 0.85 * alone[2]


def test_usual_chances_count_nothing() -> None:
    assert evidence([("fitted-patch", 2, 0.5), ("shift-border", 3, 1.0)], K) == {}


def test_every_family_has_a_group() -> None:
    assert all(group_of(f"shift-{family}") != "network" for family in SCALES)
    assert all(group_of(f"fitted-{family}") != "network" for family in FITTED)
    assert group_of("fitted-moving-patch") == group_of("turned-checker") == "patch"
    assert group_of("row-mean") == group_of("margin") == "network"
