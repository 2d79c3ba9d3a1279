import math

import pytest
import torch

from audit.dreaming.film import journey, magnified


def dot(height, width, y, x):
    """A soft dot at (y, x) in pixels from the upper left corner, as wide as to survive resampling."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    return torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 8.0)[None, None]


def centroid(picture):
    weight = picture[0, 0].double()
    rows, columns = torch.meshgrid(*(torch.arange(s).double() for s in weight.shape), indexing="ij")
    return float((weight * rows).sum() / weight.sum()), float((weight * columns).sum() / weight.sum())


@pytest.mark.parametrize(
    "factor, degrees", [(1.05, 0.0), (1.05, 0.5), (1.5, 30.0), (0.9, -10.0), (1.013, 3.0)]
)
def test_a_dot_goes_where_the_closed_form_says(factor, degrees):
    height, width, y, x = 81, 121, 33.0, 78.0
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    angle = math.radians(degrees)
    dx, dy = x - middle_x, middle_y - y  # y upward, so that positive angles turn counterclockwise as seen
    where_x = middle_x + factor * (dx * math.cos(angle) - dy * math.sin(angle))
    where_y = middle_y - factor * (dx * math.sin(angle) + dy * math.cos(angle))
    found = centroid(magnified(dot(height, width, y, x), factor, degrees))
    assert found == pytest.approx((where_y, where_x), abs=0.05)


def test_nothing_black_comes_in_from_outside():
    assert magnified(torch.full((1, 3, 20, 30), 0.5), 0.7, 20.0).sub(0.5).abs().max() < 1e-5


def test_drift_of_colour_and_contrast_is_held_over_sixty_frames():
    """A dream that makes every frame brighter, redder and harder; without holding it would run to white."""
    numbers = torch.Generator().manual_seed(0)
    first = torch.nn.functional.interpolate(
        torch.rand(1, 3, 8, 8, generator=numbers) * 0.6 + 0.1, size=48, mode="bicubic"
    ).clamp(0, 1)

    def drifting(picture, number):
        push = torch.tensor([0.03, 0.01, 0.0])[:, None, None]
        noise = torch.randn(1, 3, 48, 48, generator=numbers) * 0.02
        return ((picture - 0.5) * 1.1 + 0.5 + push + noise).clamp(0, 1)

    frames = list(journey(first, 60, 1.05, 0.5, drifting))
    assert len(frames) == 60
    assert frames[0] is first
    for frame in frames:
        assert (frame.mean((2, 3)) - first.mean((2, 3))).abs().max() < 2 / 255
        assert (frame.std((2, 3)) / first.std((2, 3)) - 1).abs().max() < 0.1
    unheld = first
    for number in range(60):
        unheld = drifting(magnified(unheld, 1.05, 0.5), number)
    assert (unheld.mean((2, 3)) - first.mean((2, 3))).abs().max() > 20 / 255
