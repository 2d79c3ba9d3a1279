import numpy as np
import pytest

from audit.images.dead_leaves import dead_leaves, outlines, radii


@pytest.fixture(scope="module")
def backgrounds() -> list[np.ndarray]:
    return [dead_leaves(np.random.default_rng((7, index)), 64) for index in range(60)]


def luma(picture: np.ndarray) -> np.ndarray:
    return picture @ np.array([0.299, 0.587, 0.114])


def power_slope(grey: np.ndarray) -> float:
    """Slope of the rotationally averaged power spectrum in log-log axes, Hann window."""
    size = len(grey)
    window = np.outer(np.hanning(size), np.hanning(size))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    frequency = np.fft.fftfreq(size) * size
    ring = np.hypot(frequency[:, None], frequency[None]).round()
    rings = np.arange(2, 28)
    means = [power[ring == radius].mean() for radius in rings]
    return float(np.polyfit(np.log(rings), np.log(means), 1)[0])


def test_same_generator_same_leaves_and_others_differ():
    first, again, other = (dead_leaves(np.random.default_rng(seed), 64) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 0.02


def test_power_falls_as_in_photographs(backgrounds):
    # Torralba and Oliva 2003: power falls as f^-2 on average, from about -1.5 to -3 in single photographs.
    slopes = [power_slope(luma(picture)) for picture in backgrounds]
    assert -2.8 < np.median(slopes) < -1.8
    assert np.percentile(slopes, 5) > -3.2


def test_gradients_are_heavy_tailed_as_in_photographs(backgrounds):
    # Huang and Mumford 1999: derivatives of log luminance have kurtosis 17; a Gaussian has 3.
    kurtoses = []
    for picture in backgrounds:
        steps = np.diff(np.log(luma(picture) + 0.02), axis=1).ravel()
        kurtoses.append(np.mean((steps - steps.mean()) ** 4) / steps.var() ** 2)
    assert 6 < np.median(kurtoses) < 25


def test_brightness_varies_most_and_red_green_least(backgrounds):
    logs = np.log(np.stack(backgrounds).reshape(-1, 3) + 0.02)
    axes = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])
    spread = (logs @ axes.T).std(axis=0)
    assert spread[0] > 1.5 * spread[1] > 1.5 * spread[2]


def test_radii_follow_the_inverse_cube():
    drawn = radii(np.random.default_rng(0), 200_000, 2.0, 50.0)
    assert drawn.min() >= 2.0
    assert drawn.max() <= 50.0
    for limit in (3.0, 6.0, 20.0):
        expected = (2.0**-2 - limit**-2) / (2.0**-2 - 50.0**-2)
        assert np.mean(drawn < limit) == pytest.approx(expected, abs=0.005)


def test_outlines_surround_the_origin():
    shapes = outlines(np.random.default_rng(0), np.full(50, 10.0))
    turns = np.diff(np.unwrap(np.arctan2(shapes[..., 1], shapes[..., 0]), axis=1), axis=1)
    assert (turns > 0).all()
