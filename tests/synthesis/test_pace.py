"""How many steps a picture takes."""

import pytest
import torch

from audit.synthesis.schedule import Ends, StepBudget


def after(curve, step_budget, steps=50):
    """Steps that a picture takes for which the network is as sure as `curve(step)` says."""
    ends = Ends(1, steps, step_budget)
    for step in range(1, 1000):
        ends.note([step], torch.tensor([curve(step)]))
        if step >= ends.of[0]:
            return step
    raise AssertionError


PACE = StepBudget(0.6, 1.6)


def test_without_a_pace_all_take_what_is_planned():
    assert after(lambda step: 1.0, None) == 50


def test_an_easy_picture_takes_the_fewest_and_a_hard_one_the_most():
    assert after(lambda step: 1.0, PACE) == 30
    assert after(lambda step: 1.0, StepBudget(0.8, 1.6)) == 40
    assert after(lambda step: 0.85, PACE) == 80


@pytest.mark.parametrize("when", [8, 14, 20, 40])
def test_in_between_it_takes_twice_what_made_the_network_sure(when):
    # The running mean passes .9 about ten steps after the probability jumps to 1: .8^10 = .107, .8^11 = .086.
    assert after(lambda step: float(step > when), PACE) == pytest.approx(min(2 * (when + 11), 80), abs=2)


def test_one_lucky_view_decides_nothing():
    assert after(lambda step: float(step == 3), PACE) == 80


def test_slots_decide_for_themselves_and_start_anew():
    ends = Ends(3, 50, PACE)
    for step in range(1, 12):
        ends.note([step] * 3, torch.tensor([1.0, 0.0, 1.0]))
    assert ends.of == [30, 80, 30]
    ends.renew(0)
    assert ends.of == [80, 80, 30]
    ends.keep([2, 0])
    assert ends.of == [30, 80]
    ends.note([12, 1], torch.tensor([1.0, 1.0]))
    assert ends.of == [30, 80]
