import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from audit.image_stats import measure
from audit.image_stats.families import spectrum
from audit.image_stats.families.colour import covariance
from audit.image_stats.natural_prior import NaturalPrior, PriorMeter
from audit.image_stats.shipped_baselines import bundled
from audit.images.quantize import to_uint8_grid


def draw(prior: NaturalPrior, n: int, size: int, seed: int = 0) -> Tensor:
    """Gaussian pictures with the prior's statistics, not clipped."""
    white = torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(seed))
    spectrum = torch.fft.rfft2(white, norm="ortho") * prior.amplitude(size, size)
    channels = torch.fft.irfft2(spectrum, s=(size, size), norm="ortho")
    rgb = torch.einsum("ij,njhw->nihw", torch.tensor(prior.colour), channels)
    return rgb + torch.tensor(prior.mean).view(3, 1, 1)


def shipped_prior(size: int) -> NaturalPrior:
    baseline = bundled(size, size)
    assert baseline is not None
    return baseline.prior


def whole_plane(half: Tensor, width: int) -> Tensor:
    """Mean over all frequencies of a half plane [..., h, w // 2 + 1] of an even width."""
    return (half.sum((-2, -1)) + half[..., 1 : width // 2].sum((-2, -1))) / (half.shape[-2] * width)


@pytest.mark.parametrize("size", [64, 224])
def test_pictures_drawn_from_the_prior_have_its_spectrum_colour_mean_and_slope(size: int) -> None:
    prior = shipped_prior(size)
    images = draw(prior, 48, size)
    meter = PriorMeter(size, size)
    meter.add(images)
    back = meter.result()

    colour = torch.tensor(prior.colour, dtype=torch.float64)
    variance = whole_plane(prior.amplitude(size, size).double().square(), size)
    expected = colour @ torch.diag(variance) @ colour.T
    got = covariance(images).mean(0)
    assert got.flatten().tolist() == pytest.approx(expected.flatten().tolist(), rel=0.08, abs=2e-4)
    assert back.mean == pytest.approx(prior.mean, abs=1e-3)

    slope = spectrum.measure(images)["spectral_slope"].mean()
    shipped = bundled(size, size)
    assert shipped is not None
    assert shipped.quantile("spectral_slope", 25) < slope < shipped.quantile("spectral_slope", 75)
    assert back.alpha[0] == pytest.approx(prior.alpha[0], abs=0.15)


def test_measured_power_is_the_power_noise_was_made_with() -> None:
    """White noise: flat spectra of the noise's covariance, whatever the colours."""
    g = torch.Generator().manual_seed(3)
    mix = torch.tensor([[0.10, 0.02, 0.0], [0.09, -0.01, 0.01], [0.08, -0.02, -0.02]])
    images = 0.5 + torch.einsum("ij,njhw->nihw", mix, torch.randn(64, 3, 64, 64, generator=g))
    meter = PriorMeter(64, 64)
    meter.add(images[:40])
    meter.add(images[40:])
    prior = meter.result()
    colour = np.array(prior.colour)
    np.testing.assert_allclose(colour @ colour.T, (mix @ mix.T).numpy(), atol=4e-4)
    ends = [row[-8:] for row in prior.power]  # rings of many coefficients, where the median is the mean
    np.testing.assert_allclose(ends, 1, rtol=0.08)
    assert prior.alpha == pytest.approx((0, 0, 0), abs=0.12)


def test_samples_under_the_prior_are_not_natural_where_the_prior_holds_nothing() -> None:
    """Gaussian pictures keep slope and colour, and lack the sparse edges of photographs."""
    baseline = bundled(224, 224)
    assert baseline is not None
    values = measure(to_uint8_grid(draw(baseline.prior, 8, 224)))
    assert values["derivative_kurtosis"] == pytest.approx(np.full(8, 3.0), abs=1)
    assert (baseline.percentile("derivative_kurtosis", values["derivative_kurtosis"]) < 2).all()


def test_amplitude_at_the_annuli_is_the_root_of_the_power_and_goes_on_as_a_power_law() -> None:
    prior = shipped_prior(64)
    amplitude = prior.amplitude(64, 64)
    assert amplitude.shape == (3, 64, 33)
    assert amplitude.dtype == torch.float32
    assert amplitude[:, 0, 0].tolist() == [0, 0, 0]
    assert amplitude[0, 0, 1] == pytest.approx(prior.power[0][0] ** 0.5, rel=1e-4)

    larger = prior.amplitude(256, 256)  # one cycle per 256 px: two octaves below the photographs
    for channel in range(3):
        ratio = float(larger[channel, 0, 1] / larger[channel, 0, 4])
        assert ratio == pytest.approx(4 ** (prior.alpha[channel] / 2), rel=1e-3)
    assert prior.amplitude(48, 80).shape == (3, 48, 41)


def test_grey_photographs_give_a_usable_prior_without_chroma() -> None:
    plane = torch.rand(40, 1, 32, 32, generator=torch.Generator().manual_seed(5))
    meter = PriorMeter(32, 32)
    meter.add(plane.expand(40, 3, 32, 32))
    prior = meter.result()
    images = draw(prior, 4, 32)
    assert float((images[:, 0] - images[:, 1]).std()) < 1e-3
    assert float(images.std()) == pytest.approx(1 / 12**0.5, rel=0.1)


def test_contrast_and_mean_luma_are_percentiles_of_the_photographs() -> None:
    levels = torch.linspace(0.2, 0.6, 101)
    board = ((torch.arange(32)[:, None] + torch.arange(32)) % 2).float() - 0.5
    images = (levels[:, None, None] + 0.2 * board)[:, None].expand(101, 3, 32, 32)
    meter = PriorMeter(32, 32)
    meter.add(images)
    prior = meter.result()
    assert prior.mean_luma == pytest.approx((0.22, 0.4, 0.58), abs=1e-4)
    assert prior.contrast == pytest.approx((0.1, 0.1, 0.1), abs=1e-4)


def test_a_prior_whose_spectra_do_not_fit_its_frequencies_is_rejected() -> None:
    data = shipped_prior(64).model_dump()
    with pytest.raises(ValidationError, match="one value per frequency"):
        NaturalPrior.model_validate({**data, "frequencies": data["frequencies"][1:]})
    with pytest.raises(ValidationError, match="greater than 0"):
        NaturalPrior.model_validate({**data, "power": ((0.0,) * len(data["frequencies"]),) * 3})
