"""Tiles against the whole picture, with networks for which the answer is known."""

import pytest
import torch
from torch.nn import functional as F

from audit.dreaming.tiling import Tiling

KERNEL = torch.randn(2, 3, 3, 3, generator=torch.Generator().manual_seed(0))


def convolved(tiles):
    """A linear network's summed squares: neighbouring pixels matter, one pixel to either side."""
    return F.conv2d(tiles, KERNEL, padding=1).square().flatten(1).sum(1)


def whole_gradient(picture):
    picture = picture.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(convolved(picture).sum(), picture)
    return gradient


@pytest.mark.parametrize("size, tile", [((70, 101), (32, 32)), ((33, 90), (48, 40)), ((64, 64), (64, 64))])
def test_tiles_of_a_linear_network_give_the_gradient_of_the_whole(size, tile):
    picture = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))
    tiling = Tiling(size, tile, overlap=12)
    gradient, _ = tiling.gradient(picture, convolved)
    assert len(tiling.places) > 1 or size == tile
    torch.testing.assert_close(gradient, whole_gradient(picture), atol=1e-4, rtol=1e-5)


def test_without_overlap_there_is_a_seam():
    """The oracle above would notice one."""
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    gradient, _ = Tiling((64, 64), (32, 32), overlap=0).gradient(picture, convolved)
    wrong = (gradient - whole_gradient(picture)).abs().amax((0, 1))
    assert wrong[30:34].max() > 1
    assert wrong[4:28, 4:28].max() < 1e-4


def test_every_tile_has_the_size_asked_for_and_memory_is_bounded():
    seen = []

    def score(tiles):
        seen.append(tuple(tiles.shape))
        return tiles.flatten(1).sum(1)

    gradient, mean = Tiling((700, 900), (64, 64), overlap=16).gradient(torch.ones(1, 1, 700, 900), score)
    assert {shape[1:] for shape in seen} == {(1, 64, 64)}
    assert max(shape[0] for shape in seen) * 64 * 64 <= 512 * 512
    assert mean == pytest.approx(64 * 64)
    torch.testing.assert_close(gradient, torch.ones(1, 1, 700, 900))
