import math

import numpy as np
import pytest
import torch
from torch import Tensor

from audit.image_stats.families import spectrum


def power_law_noise(n: int, height: int, width: int, alpha: float) -> Tensor:
    """Gaussian noise whose power falls as f^-alpha, on a periodic grid, as grey images."""
    white = torch.randn(n, height, width, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    radius = torch.from_numpy(np.hypot(fy, fx))
    radius[0, 0] = torch.inf if alpha > 0 else 1
    field = torch.fft.irfft2(torch.fft.rfft2(white) * radius ** (-alpha / 2), s=(height, width))
    field = field / field.std((1, 2), keepdim=True)
    return (0.5 + 0.1 * field)[:, None].expand(n, 3, height, width).float()


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("size", [(224, 224), (96, 160), (33, 33)])
def test_slope_of_shaped_noise_is_the_exponent_it_was_made_with(alpha: float, size: tuple[int, int]) -> None:
    slope = spectrum.measure(power_law_noise(24, *size, alpha))["spectral_slope"]
    assert slope.mean() == pytest.approx(alpha, abs=0.06 if min(size) > 64 else 0.2)


def test_white_noise_has_the_high_frequency_share_of_the_area_and_no_preferred_direction() -> None:
    values = spectrum.measure(power_law_noise(24, 128, 128, 0.0))
    assert values["high_frequency"].mean() == pytest.approx(1 - math.pi * 0.25**2, abs=0.005)
    assert values["anisotropy"].mean() == pytest.approx(0, abs=0.02)


def test_gratings_along_an_axis_and_along_the_diagonal_have_opposite_anisotropy() -> None:
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    gratings = [torch.sin(2 * math.pi * 8 / 64 * phase) for phase in (x, y, x + y, x - y)]
    images = (0.5 + 0.4 * torch.stack(gratings))[:, None]
    upright, lying, rising, falling = spectrum.measure(images)["anisotropy"]
    assert min(upright, lying) > 5
    assert max(rising, falling) < -5


def test_a_fine_grating_is_all_high_frequency_and_a_coarse_one_is_not() -> None:
    x = torch.arange(64.0).expand(1, 1, 64, 64)
    fine, coarse = (
        spectrum.measure(0.5 + 0.4 * torch.sin(2 * math.pi * f * x))["high_frequency"][0] for f in (0.4, 0.1)
    )
    assert fine > 0.999
    assert coarse < 0.001


def test_slope_band_starts_where_the_window_lets_it() -> None:
    assert spectrum.slope_band(224, 224) == (0.02, 0.25)
    assert spectrum.slope_band(32, 64) == (2 / 32, 0.25)
