import numpy as np
import pytest
import torch
from scipy.stats import gennorm

from audit.image_stats import generalized_gaussian as ggd


@pytest.mark.parametrize("b", [0.4, 0.7, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("scale", [1e-3, 50.0])
def test_shape_of_generalized_gaussian_samples_is_recovered_at_any_scale(b: float, scale: float) -> None:
    samples = gennorm.rvs(b, scale=scale, size=(1, 200_000), random_state=4)
    assert ggd.shape(torch.from_numpy(samples))[0] == pytest.approx(b, rel=0.03)


def test_shapes_out_of_range_are_the_limits_and_silence_is_undefined() -> None:
    spike = torch.zeros(1, 10**6, dtype=torch.float64)
    spike[0, 0] = 1
    square = torch.ones(1, 100, dtype=torch.float64)
    assert ggd.shape(spike)[0] == pytest.approx(ggd.LIMITS[0])
    assert ggd.shape(square)[0] == pytest.approx(ggd.LIMITS[1])
    assert np.isnan(ggd.shape(0 * square)).all()
