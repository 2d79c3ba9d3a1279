"""Views against closed forms: identity, flip, half turn, and ramps whose slope tells the scale."""

import pytest
import torch

from audit.classifier.generators import generator
from audit.synthesis.augmentation import Views, ViewSettings

CPU = torch.device("cpu")
STILL = ViewSettings(crop=(1.0, 1.0), rotation=0.0, flip=False, noise=0.0)


def _generators(n):
    return [generator(0, "views", i) for i in range(n)]


def _pictures(n=3, h=24, w=24):
    return torch.rand(n, 3, h, w, generator=generator(1, "pictures"))


def test_a_view_without_change_is_the_picture():
    pictures = _pictures()
    seen = Views(STILL, _generators(3), (3, 24, 24), CPU)(pictures)
    torch.testing.assert_close(seen, pictures, atol=1e-5, rtol=0)


def test_flips_are_mirror_images_and_drawn_per_picture():
    pictures = _pictures(40)
    seen = Views(ViewSettings((1.0, 1.0), 0.0, True, 0.0), _generators(40), (3, 24, 24), CPU)(pictures)
    same = (seen - pictures).abs().amax((1, 2, 3)) < 1e-4
    mirrored = (seen - pictures.flip(3)).abs().amax((1, 2, 3)) < 1e-4
    assert torch.equal(same, ~mirrored)
    assert 8 <= int(same.sum()) <= 32


@pytest.mark.parametrize("size", [(32, 32), (24, 48)])
def test_the_scale_of_a_crop_is_in_its_range_and_the_same_both_ways(size):
    h, w = size
    rows, columns = torch.meshgrid(torch.arange(h) / h, torch.arange(w) / w, indexing="ij")
    pictures = torch.stack([rows, columns, rows]).repeat(20, 1, 1, 1).float()
    settings = ViewSettings((0.5, 0.8), 0.0, False, 0.0)
    seen = Views(settings, _generators(20), (3, h, w), CPU)(pictures)
    down = (seen[:, 0, h // 2 + 4] - seen[:, 0, h // 2 - 4]).mean(1) * h / 8
    across = (seen[:, 1, :, w // 2 + 4] - seen[:, 1, :, w // 2 - 4]).mean(1) * w / 8
    torch.testing.assert_close(down, across, atol=1e-3, rtol=0)
    assert 0.5 <= float(down.min()) < 0.6 < 0.7 < float(down.max()) <= 0.8


def test_a_rotation_keeps_lengths_also_where_the_picture_is_not_square():
    h, w = 40, 80
    _, columns = torch.meshgrid(torch.arange(h).float(), torch.arange(w).float(), indexing="ij")
    pictures = (columns / w).expand(12, 3, h, w).contiguous()
    seen = Views(ViewSettings((1.0, 1.0), 40.0, False, 0.0), _generators(12), (3, h, w), CPU)(pictures)
    middle = seen[:, 0, h // 2 - 6 : h // 2 + 6, w // 2 - 6 : w // 2 + 6] * w
    dy = (middle[:, 1:] - middle[:, :-1]).mean((1, 2))
    dx = (middle[:, :, 1:] - middle[:, :, :-1]).mean((1, 2))
    torch.testing.assert_close((dx**2 + dy**2).sqrt(), torch.ones(12), atol=1e-3, rtol=0)
    assert dy.abs().max() > 0.3  # some were turned


def test_noise_has_the_stated_deviation_and_leaves_the_gradient_alone():
    pictures = _pictures(4, 48, 48).requires_grad_(True)
    views = Views(ViewSettings((1.0, 1.0), 0.0, False, 0.1), _generators(4), (3, 48, 48), CPU)
    difference = views(pictures) - pictures
    assert float(difference.detach().std()) == pytest.approx(0.1, rel=0.03)
    assert not torch.equal(views(pictures), views(pictures))
    (gradient,) = torch.autograd.grad(views(pictures).sum(), pictures)
    torch.testing.assert_close(gradient, torch.ones_like(gradient), atol=1e-4, rtol=0)


def test_a_picture_sees_the_same_views_whatever_stands_beside_it():
    settings = ViewSettings((0.5, 1.0), 15.0, True, 0.05)
    pictures = _pictures(3)
    together = Views(settings, _generators(3), (3, 16, 16), CPU)
    alone = Views(settings, _generators(3)[2:], (3, 16, 16), CPU)
    for _ in range(3):
        torch.testing.assert_close(together(pictures)[2:], alone(pictures[2:]))


def test_views_stay_inside_the_picture():
    inside = torch.zeros(60, 1, 32, 32)
    inside[:, :, 1:-1, 1:-1] = 1  # a one-pixel frame of zeros would show twice if the view left the picture
    seen = Views(ViewSettings((0.6, 0.6), 0.0, False, 0.0), _generators(60), (1, 32, 32), CPU)(inside)
    frames = (seen < 0.5).float()
    assert float(frames[:, :, 2:-2, 2:-2].sum()) == 0
