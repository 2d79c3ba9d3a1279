"""What stands where a part was taken out."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from audit.parts.fills import BLUR, blurred, filled, fills


@pytest.mark.parametrize("channels, height, width", [(3, 32, 32), (1, 20, 33), (3, 3, 4), (1, 1, 1)])
def test_a_constant_image_is_left_as_it_is(channels: int, height: int, width: int) -> None:
    images = torch.full((2, channels, height, width), 0.3)
    if height * width == 1:  # one pixel has no deviation
        torch.testing.assert_close(blurred(images), images)
        return
    for version in fills(images, 1):
        torch.testing.assert_close(version, images)


def test_the_blur_is_that_of_scipy() -> None:
    images = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(3))
    expected = gaussian_filter(images.numpy(), (0, 0, 40 * BLUR, 40 * BLUR), mode="mirror", truncate=2.4)
    assert blurred(images).numpy() == pytest.approx(expected, abs=1e-5)


def test_the_mean_and_the_noise_have_the_colours_of_the_image() -> None:
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(4)) * 0.2 + 0.4
    images[1, 0] -= 0.2
    _, mean, noise = fills(images, 7)
    assert (mean == images.mean((2, 3), keepdim=True)).all()
    torch.testing.assert_close(noise.mean((2, 3)), images.mean((2, 3)), atol=0.01, rtol=0)
    torch.testing.assert_close(noise.std((2, 3)), images.std((2, 3)), atol=0.01, rtol=0)
    assert torch.equal(noise, fills(images, 7)[2])
    assert not torch.equal(noise, fills(images, 8)[2])
    assert torch.equal(noise[1], fills(images[1:], 7)[2][0])  # in any company


def test_only_the_masked_places_are_filled() -> None:
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    masks = torch.zeros(2, 1, 16, 16)
    masks[:, :, :5, 3:9] = 1
    for version, fill in zip(filled(images, masks, 0), fills(images, 0), strict=True):
        inside = masks.bool().expand_as(images)
        assert torch.equal(version[~inside], images[~inside])
        assert torch.equal(version[inside], fill[inside])
        assert ((version >= 0) & (version <= 1)).all()
