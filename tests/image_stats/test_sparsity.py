"""Sparsity of the gradient against closed forms."""

import math

import pytest
import torch

from audit.image_stats import bundled
from audit.image_stats.sparsity import sparsity


def noise(side: int, n: int = 2) -> torch.Tensor:
    return 0.5 + 0.1 * torch.randn(n, side, side, generator=torch.Generator().manual_seed(0))


def test_gaussian_noise_has_the_value_of_a_rayleigh_magnitude_at_every_scale():
    # Both differences are independent and Gaussian: E[g²] / E[g]² = 2 / (π / 2) = 4 / π.
    found = sparsity(noise(256))
    assert found.shape == (2, 5, 2)
    assert found[:, :4].flatten().tolist() == pytest.approx([math.log(4 / math.pi)] * 16, abs=0.04)


def test_one_step_edge_has_the_value_of_its_share_of_pixels():
    plane = torch.full((1, 129, 129), 0.2)
    plane[..., 64:] = 0.8
    # One column in 128 has magnitude √2 · 0.6, the others none: E[g²] / E[g]² = 128.
    assert float(sparsity(plane)[0, 0, 0]) == pytest.approx(math.log(128), abs=0.1)


def test_contrast_brightness_and_quarter_turns_change_nothing():
    plane = noise(64) ** 3
    wanted = sparsity(plane)
    assert torch.allclose(sparsity(plane * 0.5 + 0.3), wanted, atol=1e-2)
    turned = sparsity(plane.rot90(1, (1, 2)))
    assert torch.allclose(turned[:, :2], wanted[:, :2], atol=1e-5)  # then an odd row and column are left out


def test_a_patch_of_contrast_makes_the_whole_sparse_but_not_its_parts():
    plane = 0.5 + 0.02 * (noise(128) - 0.5)
    plane[:, :64, :64] = noise(128)[:, :64, :64]
    whole, parts = sparsity(plane)[0, 0].tolist()
    assert whole > 1
    assert parts < whole - 0.5


def test_a_constant_picture_is_defined_and_has_a_gradient():
    plane = torch.full((1, 32, 32), 0.5, requires_grad=True)
    found = sparsity(plane)
    found.sum().backward()
    assert found.isfinite().all()
    assert plane.grad is not None
    assert plane.grad.isfinite().all()


def test_too_small_a_picture_has_no_scale():
    assert sparsity(torch.rand(3, 8, 8)).shape == (3, 0, 2)


@pytest.mark.parametrize("side, levels", [(32, 2), (224, 5)])
def test_photographs_are_sparser_than_noise_at_every_scale_and_within_parts(side, levels):
    baseline = bundled(side, side)
    assert baseline is not None
    table = torch.tensor(baseline.prior.sparsity)
    assert table.shape == (levels, 2)
    assert bool((table > math.log(4 / math.pi) + 0.02).all())
    assert bool((table[:, 0] > table[:, 1]).all())
