"""The natural band of the spectrum."""

import pytest
import torch

from audit.image_stats import bundled, measure, to_uint8_grid
from audit.synthesis.fourier import NORMAL_95, FourierCanvas, Palette
from audit.synthesis.spectral_band import Band

CPU = torch.device("cpu")
ONE = torch.ones(1, 1, 1, 1)


@pytest.fixture(scope="module")
def baseline():
    found = bundled(64, 64)
    assert found is not None
    return found


def white() -> torch.Tensor:
    return torch.randn(1, 3, 64, 33, 2, generator=torch.Generator().manual_seed(0)) / 2**0.5


def test_the_median_spectrum_stays(baseline):
    band = Band(baseline.prior, 3, 64, 64, CPU)
    assert torch.allclose(band(white(), ONE), white(), atol=1e-6)


def test_too_strong_and_too_weak_rings_end_at_the_band(baseline):
    prior = baseline.prior
    band, loud = Band(prior, 3, 64, 64, CPU), white()
    loud[:, :, 20:24, 20:24] *= 300  # a corner of one ring
    quiet = band(loud, ONE)
    assert float(quiet.square().sum()) < 0.1 * float(loud.square().sum())
    silent = band(white() * 1e-3, ONE)
    ratio = (silent / (white() * 1e-3)).amax((0, 3, 4))
    low = (torch.tensor(prior.power_low) / torch.tensor(prior.power)).amin(1)
    assert bool((ratio.amax(1) >= 1e3 * low.sqrt() * 0.5).all())


def test_the_gain_counts_as_part_of_the_picture(baseline):
    band = Band(baseline.prior, 3, 64, 64, CPU)
    assert torch.allclose(band(white() / 50, 50 * ONE), white() / 50, atol=1e-7)


def test_finished_pictures_have_a_natural_share_of_fine_detail(baseline):
    palette = Palette(baseline.prior, 3, (64, 64), CPU)
    smooth = white()
    smooth[:, :, 8:56] *= 0.02  # nearly all fine detail along one axis is missing
    smooth[:, :, :, 8:] *= 0.02
    canvas = FourierCanvas(palette, smooth, 64)
    before, after = (
        measure(to_uint8_grid(x))["high_frequency"] for x in (canvas.render(), canvas.finished())
    )
    low = baseline.quantile("high_frequency", 5)
    assert before[0] < 0.4 * low < 0.9 * low < after[0]


def test_the_mean_colour_is_held_after_a_step(baseline):
    palette = Palette(baseline.prior, 3, (64, 64), CPU)
    dark = white()
    dark[:, :, 0, 0] = -9.0
    canvas = FourierCanvas(palette, dark, 64)
    canvas.settle()
    assert canvas.parameters.detach()[:, :, 0, 0].min() == pytest.approx(-NORMAL_95)
