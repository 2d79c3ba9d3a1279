import math

import torch

from audit.inversion.similarity import psnr, spread, ssim


def test_psnr_of_a_known_error() -> None:
    black = torch.zeros(3, 8, 8)
    assert psnr(black, black) is None
    found = psnr(black + 0.1, black)
    assert found is not None
    assert math.isclose(found, 20, abs_tol=1e-4)


def test_ssim_of_equal_opposite_and_tiny_pictures() -> None:
    picture = torch.rand(1, 16, 12, generator=torch.Generator().manual_seed(0))
    assert ssim(picture, picture) == 1
    opposite = ssim(1 - picture, picture)
    assert opposite is not None
    assert opposite < 0
    assert ssim(torch.zeros(3, 4, 4), torch.zeros(3, 4, 4)) == 1
    assert ssim(torch.zeros(3, 2, 2), torch.zeros(3, 2, 2)) is None


def test_spread_is_the_mean_over_pairs() -> None:
    levels = torch.tensor([0.0, 0.2, 0.8])[:, None, None, None].expand(3, 1, 2, 2)
    found = spread(levels)
    assert found is not None
    assert math.isclose(found, (0.2 + 0.8 + 0.6) / 3, rel_tol=1e-6)
    assert spread(levels[:1]) is None
