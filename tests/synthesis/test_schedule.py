"""Phases never cost more than was given, and the rate decays to nothing."""

import pytest

from audit.synthesis.schedule import coarse_size, phases, rate


@pytest.mark.parametrize("views", [1, 7, 64, 128, 333.3])
@pytest.mark.parametrize("size", [(224, 224), (64, 64), (32, 32), (96, 160), (518, 518)])
@pytest.mark.parametrize("share", [0, 0.3, 0.5, 0.9, 1.0])
def test_views_are_spent_and_never_exceeded(views, size, share):
    planned = phases(size, views, 0.45, share, flexible=True)
    cost = sum(p.steps * p.cost for p in planned)
    assert 0 < cost <= views
    assert cost > views - 2  # whole steps: less than one lost in each phase
    for phase in planned:
        assert phase.cost == pytest.approx(phase.height * phase.width / (size[0] * size[1]))


def test_a_network_of_one_size_gets_one_phase():
    (only,) = phases((224, 224), 64, 0.45, 0.5, flexible=False)
    assert (only.height, only.width, only.steps, only.cost) == (224, 224, 64, 1.0)


@pytest.mark.parametrize(
    "size, expected",
    [
        ((224, 224), (96, 96)),
        ((64, 64), (64, 64)),
        ((28, 28), (28, 28)),
        ((128, 128), (96, 96)),
        ((224, 448), (96, 192)),
        ((518, 518), (224, 224)),
    ],
)
def test_coarse_sizes(size, expected):
    assert coarse_size(size, 0.45) == expected


def test_the_rate_holds_its_peak_then_falls_to_zero():
    rates = [rate(step, 10, 0.2) for step in range(11)]
    assert rates[0] == 0.2
    assert rates[:6] == [0.2] * 6
    assert rates[7:] == pytest.approx([0.12, 0.08, 0.04, 0])
    assert rates[10] == pytest.approx(0)
    assert rates == sorted(rates, reverse=True)
