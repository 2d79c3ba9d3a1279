import pytest

from audit.records import DrawnClass
from audit.stages.reliability.reliability_reduction import compared, control


def drawn(probabilities, agreement=0.5):
    return [
        DrawnClass(class_index=i, probability=p, margin=0.0, agreement=agreement)
        for i, p in enumerate(probabilities)
    ]


def test_complete_separation_has_the_exact_p():
    found = compared([0.9, 0.8, 0.7, 0.95], [0.1, 0.2, 0.3, 0.4])
    assert found.p == pytest.approx(1 / 70)  # 4 of 8 are the largest: one order in C(8, 4)
    assert (found.network, found.control) == (pytest.approx(0.85), 0.25)


def test_equal_networks_are_not_told_apart():
    values = [0.1 * i for i in range(1, 9)]
    found = control(drawn(values), drawn(values))
    assert found is not None
    assert found.probability.p > 0.4
    assert found.agreement is not None
    assert found.agreement.p > 0.4


def test_no_classes_and_no_restarts():
    assert control([], []) is None
    assert control(drawn([0.5] * 5, None), drawn([0.5] * 5, None)).agreement is None
