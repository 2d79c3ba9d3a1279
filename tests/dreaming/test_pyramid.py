import math

import torch

from audit.dreaming.tiling import normalised


def wave(period, side=64):
    x = torch.arange(side) * (2 * math.pi / period)
    return x.sin()[None, None, None].expand(1, 1, side, side)


def strength(picture, period):
    """Amplitude of one frequency, by correlation with it."""
    return float((picture * wave(period)).mean() / wave(period).square().mean())


def test_a_faint_scale_comes_out_as_strong_as_a_loud_one():
    mixed = wave(3.2) + 0.01 * wave(16)
    before = strength(mixed, 16) / strength(mixed, 3.2)
    after = normalised(mixed, 4)
    assert before < 0.02
    assert 0.4 < strength(after, 16) / strength(after, 3.2) < 2.5


def test_light_over_the_scene_is_left_out_and_the_strength_is_one():
    drawn = normalised(wave(8) + 5, 3)
    assert abs(float(drawn.mean())) < 0.02
    torch.testing.assert_close(drawn.square().mean(), torch.tensor(1.0))
    plain = wave(8) * 7
    torch.testing.assert_close(normalised(plain, 0), plain / plain.square().mean().sqrt())


def test_nothing_stays_nothing_and_small_pictures_work():
    assert not normalised(torch.zeros(1, 3, 40, 30), 4).any()
    assert normalised(torch.rand(1, 1, 5, 3), 6).isfinite().all()
