"""Bare pixels start as noise and stay in range."""

import pytest
import torch

from audit.classifier.generators import generator
from audit.synthesis.parameterization import PixelCanvas


def test_start_is_independent_noise_around_grey():
    canvas = PixelCanvas.noise([generator(0, "p", i) for i in range(4)], (3, 32, 32), torch.device("cpu"))
    pixels = canvas.render().detach()
    assert float(pixels.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(pixels.std()) == pytest.approx(0.1, abs=0.01)
    neighbours = torch.corrcoef(torch.stack([pixels[..., 1:].flatten(), pixels[..., :-1].flatten()]))[0, 1]
    assert abs(float(neighbours)) < 0.05


def test_pixels_are_kept_in_range():
    canvas = PixelCanvas(torch.full((1, 1, 4, 4), 0.5))
    with torch.no_grad():
        canvas.parameters.add_(torch.linspace(-2, 2, 16).view(1, 1, 4, 4))
    canvas.settle()
    pictures = canvas.render().detach()
    assert (float(pictures.min()), float(pictures.max())) == (0.0, 1.0)


def test_resizing_keeps_a_constant():
    assert torch.allclose(
        PixelCanvas(torch.full((1, 3, 8, 8), 0.3)).resized(16, 12).render(), torch.tensor(0.3)
    )
