import numpy as np
import pytest
import pywt
import torch
from scipy.stats import gennorm
from skimage.restoration import estimate_sigma

from audit.image_stats.families import wavelets
from audit.image_stats.pixels import luma


def test_haar_matches_pywavelets_over_three_levels() -> None:
    plane = torch.rand(1, 40, 56, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = pywt.wavedec2(plane[0].numpy(), "haar", level=3)
    approximation = plane
    for level in (1, 2, 3):
        approximation, bands = wavelets.haar(approximation)
        horizontal, vertical, diagonal = expected[-level]
        for got, want in zip(bands, (vertical, horizontal, diagonal), strict=True):
            np.testing.assert_allclose(got[0].numpy(), want, atol=1e-12)
    np.testing.assert_allclose(approximation[0].numpy(), expected[0], atol=1e-12)


def test_noise_level_is_that_of_the_noise_and_of_scikit_image() -> None:
    rng = np.random.default_rng(2)
    ramp = np.linspace(60, 190, 256)[None, :]
    planes = np.stack([ramp + sigma * rng.standard_normal((256, 256)) for sigma in (1.0, 4.0, 12.0)])
    values = wavelets.measure(torch.from_numpy(planes / 255).float()[:, None])
    assert values["noise"] == pytest.approx([1, 4, 12], rel=0.03)
    library = [estimate_sigma(plane) for plane in planes]
    assert values["noise"] == pytest.approx(library, rel=0.03)


def test_noise_level_is_the_median_of_pywavelets_diagonal() -> None:
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    diagonal = pywt.dwt2(255 * luma(image)[0].numpy(), "haar")[1][2]
    assert wavelets.measure(image)["noise"][0] == pytest.approx(np.median(np.abs(diagonal)) / 0.67448975)


@pytest.mark.parametrize("b", [0.6, 1.0, 2.0])
def test_shape_of_planted_details_is_recovered_at_its_level(b: float) -> None:
    rng = np.random.default_rng(4)
    sides = {1: 128, 2: 64, 3: 32}
    bands = {
        level: tuple(gennorm.rvs(b, scale=2, size=(side, side), random_state=rng) for _ in range(3))
        for level, side in sides.items()
    }
    plane = pywt.waverec2([np.full((32, 32), 128.0 * 8), bands[3], bands[2], bands[1]], "haar")
    values = wavelets.measure(torch.from_numpy(plane / 255)[None, None])
    for level, tolerance in ((1, 0.03), (2, 0.06), (3, 0.12)):
        assert values[f"haar_shape_{level}"][0] == pytest.approx(b, rel=tolerance)


def test_levels_too_small_to_describe_are_undefined() -> None:
    values = wavelets.measure(torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(5)))
    assert np.isfinite(values["haar_shape_2"][0])
    assert np.isnan(values["haar_shape_3"][0])
