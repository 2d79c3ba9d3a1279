import pytest
import torch

from audit.planted.augment import grained, relit, turned


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("change", [turned, relit, grained])
def test_same_generator_same_views_and_pictures_differ_in_theirs(change, images):
    same = images[:1].expand(6, -1, -1, -1)
    first, again = change(same, generator()), change(same, generator())
    assert torch.equal(first, again)
    assert not torch.allclose(first[0], first[1])


def test_no_turn_no_zoom_no_shift_leaves_the_picture_or_its_mirror_image(images):
    views = turned(images, generator(), degrees=0.0, zoom=1.0, shift=0.0)
    kept = [torch.allclose(view, image, atol=1e-5) for view, image in zip(views, images, strict=True)]
    flipped = [
        torch.allclose(view, image.flip(-1), atol=1e-5) for view, image in zip(views, images, strict=True)
    ]
    assert all(one != other for one, other in zip(kept, flipped, strict=True))
    assert any(kept)
    assert any(flipped)


def test_relighting_nothing_changes_nothing(images):
    assert torch.allclose(relit(images, generator(), gain=0.0, offset=0.0), images, atol=1e-6)
    assert relit(images, generator(), gain=2.0, offset=0.5).min() >= 0


def test_grain_is_never_stronger_than_said(images):
    noise = grained(images.repeat(20, 1, 1, 1), generator(), largest=0.1) - images.repeat(20, 1, 1, 1)
    strengths = noise.flatten(1).std(dim=1)
    assert strengths.max() < 0.105
    assert strengths.min() < 0.02
