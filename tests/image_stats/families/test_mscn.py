import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import gennorm, kurtosis

from audit.image_stats.families import mscn
from audit.image_stats.pixels import luma


def oracle(y: np.ndarray) -> np.ndarray:
    """Equations 1-3 of the BRISQUE paper, with scipy's filter."""

    def smooth(plane: np.ndarray) -> np.ndarray:
        return gaussian_filter(plane, 7 / 6, mode="mirror", radius=3)

    mean = smooth(y)
    return (y - mean) / (np.sqrt(np.maximum(smooth(y**2) - mean**2, 0)) + 1)


def test_coefficients_and_moments_match_the_definition() -> None:
    images = torch.rand(2, 3, 30, 44, generator=torch.Generator().manual_seed(1))
    y = 255 * luma(images)
    values = mscn.measure(images)
    for i in range(2):
        expected = oracle(y[i].numpy())
        np.testing.assert_allclose(mscn.mscn(y)[i].numpy(), expected, atol=1e-9)
        assert values["mscn_variance"][i] == pytest.approx(expected.var())
        assert values["mscn_kurtosis"][i] == pytest.approx(kurtosis(expected.ravel(), fisher=False))


def test_shape_follows_the_density_of_weak_pixels() -> None:
    """Where local contrast is far below one level, MSCN is a linear filter: Gaussian in, Gaussian out."""
    noise = gennorm.rvs(2.0, scale=0.01, size=(1, 1, 256, 256), random_state=2)
    values = mscn.measure(torch.from_numpy(0.5 + noise / 255))
    assert values["mscn_shape"][0] == pytest.approx(2, abs=0.08)
    assert values["mscn_kurtosis"][0] == pytest.approx(3, abs=0.1)
