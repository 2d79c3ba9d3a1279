import numpy as np
import pytest
import torch

from audit.image_stats import bundled
from audit.image_stats.radial_profile import spectrum


def drawn(size: int, count: int) -> tuple[torch.Tensor, "object"]:
    """Pictures drawn with the prior's own spectrum in its first channel and nothing in the others."""
    baseline = bundled(size, size)
    assert baseline is not None
    prior = baseline.prior
    noise = torch.randn(count, size, size, generator=torch.Generator().manual_seed(0))
    channel = torch.fft.irfft2(
        torch.fft.rfft2(noise, norm="ortho") * prior.amplitude(size, size)[0], s=(size, size), norm="ortho"
    )
    towards = torch.tensor(prior.colour)[:, 0]
    return 0.5 + channel[:, None] * towards[None, :, None, None], prior


@pytest.mark.parametrize("size", [32, 64, 224])
def test_a_picture_with_the_natural_spectrum_shows_it(size: int) -> None:
    images, prior = drawn(size, 64)
    found = np.log10((10 ** spectrum(images, prior)).mean(0))
    natural = np.log10(prior.power[0])
    inside = np.array(prior.frequencies) > 4 / size  # below, the window mixes neighbouring rings
    assert found[inside] == pytest.approx(natural[inside], abs=0.12)


def test_grey_scale_moves_it_and_colour_does_not() -> None:
    images, prior = drawn(64, 2)
    assert spectrum((images - 0.5) * 2 + 0.5, prior) - spectrum(images, prior) == pytest.approx(np.log10(4))


def test_a_constant_picture_has_the_floor() -> None:
    _, prior = drawn(64, 1)
    assert (spectrum(torch.full((1, 3, 64, 64), 0.5), prior) == -9).all()


def test_pictures_of_another_size_are_refused() -> None:
    _, prior = drawn(64, 1)
    with pytest.raises(ValueError, match="the prior's size"):
        spectrum(torch.rand(1, 3, 224, 224), prior)
