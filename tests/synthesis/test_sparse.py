"""The pull towards natural edges."""

import pytest
import torch

from audit.image_stats import bundled
from audit.image_stats.sparsity import sparsity
from audit.synthesis.regularizers import Sparse

LUMA = torch.tensor([0.299, 0.587, 0.114])


@pytest.fixture(scope="module")
def prior():
    baseline = bundled(64, 64)
    assert baseline is not None
    return baseline.prior


def pictures(n: int = 2, side: int = 64) -> torch.Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(1))


def level(images: torch.Tensor) -> torch.Tensor:
    return sparsity(torch.einsum("c,nchw->nhw", LUMA, images))


def test_following_it_alone_makes_noise_as_sparse_as_photographs(prior):
    regularizer, images = Sparse(prior, (64, 64), LUMA, 1.0), pictures()
    wanted = torch.tensor(prior.sparsity)
    before = (wanted - level(images)).clamp(min=0).amax()
    for step in range(200):
        objective = torch.zeros_like(images)
        objective[:, 0, 0, 0] = 1.0  # gives the pull a length; what it asks for itself is one pixel
        images = (images + 0.7 * regularizer(images, objective, [step, step])).clamp(0, 1)
    after = (wanted - level(images)).clamp(min=0).amax()
    assert before > 0.3
    assert after < 0.15


def test_its_length_is_the_gradients_times_weight_at_most(prior):
    images, gradient = pictures(), pictures(2) - 0.5
    for weight in (0.5, 2.0):
        added = Sparse(prior, (64, 64), LUMA, weight)(images, gradient, [0, 0]) - gradient
        share = added.flatten(1).norm(dim=1) / gradient.flatten(1).norm(dim=1)
        assert 0 < float(share.max()) <= weight * 1.0001


def test_a_sparse_picture_is_left_alone(prior):
    images = torch.zeros(1, 3, 64, 64)
    images[..., 30:34, 30:34] = 1.0
    gradient = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    added = Sparse(prior, (64, 64), LUMA, 1.0)(images, gradient, [3]) - gradient
    whole = (torch.tensor(prior.sparsity)[:, 0] - level(images)[0, :, 0]).amax()
    assert whole < 0  # more than any photograph needs, as a whole
    assert float(added.flatten(1).norm(dim=1)) <= float(gradient.norm()) * 1.0001


def test_pictures_do_not_depend_on_each_other(prior):
    images, gradient = pictures(), pictures(2) - 0.5
    regularizer = Sparse(prior, (64, 64), LUMA, 1.0)
    both = regularizer(images, gradient, [4, 9])
    assert torch.allclose(both[1:], regularizer(images[1:], gradient[1:], [9]), atol=1e-7)


def test_a_direction_serves_until_the_next_look_and_follows_its_picture(prior):
    regularizer, later = Sparse(prior, (64, 64), LUMA, 1.0), pictures().flip(2)
    gradient = pictures(2) - 0.5
    first = regularizer(pictures(), gradient, [0, 1])
    assert torch.equal(regularizer(later, gradient, [1, 3]), first)  # neither is looked at
    second = regularizer(later, gradient, [2, 5])
    assert not torch.equal(second[0], first[0])
    assert torch.equal(second[1], first[1])
    # The first picture is done, and another one takes the slot of the second.
    regularizer.keep([1])
    fresh = regularizer(later[:1], gradient[1:], [0])
    assert torch.allclose(fresh, Sparse(prior, (64, 64), LUMA, 1.0)(later[:1], gradient[1:], [0]))


@pytest.mark.parametrize("changed", [{"sparsity": ()}, {}])
def test_no_weight_or_no_table_changes_nothing(prior, changed):
    regularizer = Sparse(prior.model_copy(update=changed), (64, 64), LUMA, 1.0 if changed else 0.0)
    gradient = pictures() - 0.5
    assert regularizer(pictures(), gradient, [0, 0]) is gradient


def test_a_smaller_picture_is_held_to_coarser_scales(prior):
    """A photograph that is drawn at half the side has lost its finest scale."""
    regularizer = Sparse(prior, (64, 64), LUMA, 1.0)
    found = torch.zeros(1, 1, 2)
    assert torch.allclose(regularizer._wanted(found, 32)[0], torch.tensor(prior.sparsity[1]))


@pytest.mark.parametrize("sides", [(1, 1), (8, 8), (12, 12), (40, 9), (13, 64)])
def test_a_picture_too_small_for_any_scale_is_left_alone(prior, sides):
    images = torch.rand(2, 3, *sides, generator=torch.Generator().manual_seed(3))
    gradient = images - 0.5
    found = Sparse(prior, (64, 64), LUMA, 1.0)(images, gradient, [0, 1])
    looked_at = round(0.7 * min(sides)) > 8
    assert looked_at == (min(sides) == 13)
    assert torch.equal(found, gradient) != looked_at
