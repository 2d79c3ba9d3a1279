"""The natural prior: what is drawn from it has its statistics; sizes and contrast are kept."""

import numpy as np
import pytest
import torch

from audit.classifier.generators import generator
from audit.image_stats import bundled, measure
from audit.synthesis.fourier import FourierCanvas, Palette

CPU = torch.device("cpu")


def _palette(side=64, channels=3):
    baseline = bundled(side, side)
    assert baseline is not None
    return Palette(baseline.prior, channels, (side, side), CPU)


def _generators(n):
    return [generator(0, "fourier", i) for i in range(n)]


def _white(palette, n, side):
    generators = _generators(n)
    shape = (palette.channels, side, side // 2 + 1, 2)
    noise = torch.stack([torch.randn(shape, generator=g) for g in generators]) * 0.5**0.5
    return FourierCanvas(palette, noise, side)


def test_white_coefficients_give_a_natural_spectrum_and_natural_colours():
    side = 224
    pictures = _white(_palette(side), 12, side).finished()
    baseline = bundled(side, side)
    assert baseline is not None
    for name, values in measure((pictures * 255).round() / 255).items():
        if name in ("spectral_slope", "correlation_rg", "correlation_gb", "correlation_rb"):
            place = baseline.percentile(name, np.array([np.median(values)]))[0]
            assert 15 < place < 85, name


def test_contrast_ends_inside_the_natural_range_from_whatever_strength():
    palette = _palette()
    low, _, high = palette.contrast
    for strength in (0.01, 1.0, 30.0):
        canvas = _white(palette, 4, 64)
        canvas = FourierCanvas(palette, canvas.parameters.detach() * strength, 64)
        pictures = canvas.finished()
        contrast = torch.from_numpy(measure((pictures * 255).round() / 255)["contrast"])
        assert float(contrast.min()) > low * 0.95
        assert float(contrast.max()) < high * 1.05
        assert float(pictures.min()) >= 0
        assert float(pictures.max()) <= 1


def test_a_larger_size_keeps_the_picture():
    palette = _palette()
    small = _white(palette, 2, 32)
    large = small.resized(64, 64, _generators(2))
    spectrum_small = torch.fft.rfft2(torch.logit(small.render().detach().double()), norm="forward")
    spectrum_large = torch.fft.rfft2(torch.logit(large.render().detach().double()), norm="forward")
    # Equal coefficients per pixel mean the same picture at another sampling; each side's contrast limit
    # may scale the whole, hence the ratio.
    for f in ((0, 1), (1, 0), (3, 2), (-4, 5)):
        ratio = spectrum_large[:, 0, f[0], f[1]] / spectrum_small[:, 0, f[0], f[1]]
        torch.testing.assert_close(ratio.imag, torch.zeros_like(ratio.imag), atol=2e-3, rtol=0)
        torch.testing.assert_close(ratio.real, torch.ones_like(ratio.real), atol=0.05, rtol=0)


def test_other_channel_counts_are_drawn():
    for channels in (1, 5):
        palette = _palette(channels=channels)
        pictures = FourierCanvas.noise(palette, _generators(2), 64, 64).finished()
        assert pictures.shape == (2, channels, 64, 64)


def test_odd_and_oblong_sizes_work():
    baseline = bundled(64, 64)
    assert baseline is not None
    palette = Palette(baseline.prior, 3, (45, 63), CPU)
    canvas = FourierCanvas.noise(palette, _generators(2), 32, 33).resized(45, 63, _generators(2))
    assert canvas.render().shape == (2, 3, 45, 63)


def test_the_gradient_of_rendering_is_the_derivative():
    palette = _palette()
    canvas = FourierCanvas.noise(palette, _generators(1), 32, 32)  # faint: the contrast limit is idle
    weights = torch.randn(1, 3, 32, 32, generator=generator(5, "w"))
    (gradient,) = torch.autograd.grad((canvas.render() * weights).sum(), canvas.parameters)
    step = torch.zeros_like(canvas.parameters)
    step[0, 1, 3, 4, 0] = 1e-2
    with torch.no_grad():
        values = []
        for sign in (1, -1):
            moved = FourierCanvas(palette, canvas.parameters + sign * step, 32)
            values.append(float((moved.render().double() * weights).sum()))
    assert float(gradient[0, 1, 3, 4, 0]) == pytest.approx((values[0] - values[1]) / 2e-2, rel=0.02)


def test_a_contrast_that_no_factor_reaches_ends_at_the_strongest():
    palette = _palette(channels=5)
    canvas = FourierCanvas.noise(palette, _generators(1), 64, 64)
    with torch.no_grad():
        canvas.parameters.zero_()
        for channel, sign in enumerate((1, -1, 1, -1, 1)):  # opposite channels: their mean hardly varies
            canvas.parameters[0, channel, 0, 3, 0] = sign * 5.0
    assert float(palette.rms(canvas.finished())) >= float(palette.rms(canvas.render().detach()))
