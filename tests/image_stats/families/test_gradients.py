import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import kurtosis, weibull_min

from audit.image_stats.families import gradients
from audit.image_stats.pixels import luma


def smooth_images(seed: int) -> torch.Tensor:
    """Random images with some spatial structure, on the 8-bit grid."""
    noise = np.random.default_rng(seed).random((3, 3, 40, 52))
    field = gaussian_filter(noise, (0, 0, 1.2, 1.2))
    return torch.from_numpy(np.round(255 * (field - field.min()) / np.ptp(field)) / 255).float()


def test_kurtosis_of_the_derivative_matches_scipy() -> None:
    images = smooth_images(1)
    expected = kurtosis(np.diff(luma(images).numpy(), axis=2).reshape(3, -1), axis=1, fisher=False)
    assert gradients.measure(images)["derivative_kurtosis"] == pytest.approx(expected, rel=1e-9)


def test_gaussian_noise_has_the_shapes_of_a_gaussian() -> None:
    noise = torch.randn(2, 1, 256, 256, generator=torch.Generator().manual_seed(2))
    values = gradients.measure(0.5 + 0.05 * noise)
    assert values["derivative_kurtosis"] == pytest.approx([3, 3], abs=0.15)
    assert values["derivative_shape"] == pytest.approx([2, 2], abs=0.1)
    assert values["weibull_shape"] == pytest.approx([2, 2], abs=0.05)  # Rayleigh


def test_gradient_magnitude_matches_scipy() -> None:
    y = 255 * luma(smooth_images(3))
    steps = [
        gaussian_filter(y.numpy(), 1.0, order=order, axes=(1, 2), mode="mirror", truncate=4.0)
        for order in ((0, 1), (1, 0))
    ]
    np.testing.assert_allclose(
        gradients.gradient_magnitude(y).numpy(), np.hypot(*steps), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("shape", [0.5, 0.9, 2.5])
def test_weibull_fit_is_the_maximum_likelihood_of_scipy_without_zeros(shape: float) -> None:
    samples = weibull_min.rvs(shape, scale=7.0, size=3000, random_state=5)
    with_zeros = torch.from_numpy(np.concatenate([samples, np.zeros(500)]))[None]
    got_shape, got_scale = gradients.weibull(with_zeros)
    expected_shape, _, expected_scale = weibull_min.fit(samples, floc=0)
    assert got_shape[0] == pytest.approx(expected_shape, rel=1e-3)
    assert got_scale[0] == pytest.approx(expected_scale, rel=1e-3)


def test_one_edge_too_few_gradients_leave_weibull_undefined() -> None:
    image = torch.full((1, 1, 64, 64), 0.5)
    image[..., 32, 32] = 0.6
    shape, scale = gradients.weibull(gradients.gradient_magnitude(luma(image) * 255).flatten(1)[:, :40])
    assert np.isnan(shape).all()
    assert np.isnan(scale).all()
