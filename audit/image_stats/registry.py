"""All statistics by id, and the one function that measures them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from audit.image_stats.families import colour, gradients, mscn, spectrum, tone, wavelets

CHUNK_PIXELS = 16 * 224 * 224
"""Pixels measured at once; float64 intermediates then stay near 200 MB."""


@dataclass(frozen=True)
class Statistic:
    """What one number means."""

    id: str
    title: str
    unit: str
    """Empty for a pure number."""
    family: str
    constrained: bool
    """True where a natural prior fixes it or pulls it there, so that being natural there is no evidence."""
    description: str


_ALL = (
    Statistic("spectral_slope", "Spectral slope", "", "spectrum", True,
              "α of power ~ f^-α between 0.02 and 0.25 cycles per pixel: how fast fine detail fades."),
    Statistic("high_frequency", "High-frequency share", "", "spectrum", True,
              "Share of the energy at 0.25 cycles per pixel and above."),
    Statistic("anisotropy", "Cardinal over oblique energy", "ln", "spectrum", False,
              "Logarithm of the energy along horizontal and vertical over that along the diagonals."),
    Statistic("correlation_rg", "Correlation red-green", "", "colour", True,
              "Pearson correlation of the red and green channels."),
    Statistic("correlation_gb", "Correlation green-blue", "", "colour", True,
              "Pearson correlation of the green and blue channels."),
    Statistic("correlation_rb", "Correlation red-blue", "", "colour", True,
              "Pearson correlation of the red and blue channels."),
    Statistic("first_component", "First colour component", "", "colour", True,
              "Share of the colour variance along its first principal component."),
    Statistic("derivative_kurtosis", "Derivative kurtosis", "", "gradients", True,
              "Peakedness of differences between horizontal neighbours; 3 for Gaussian noise."),
    Statistic("derivative_shape", "Derivative shape", "", "gradients", True,
              "Generalized Gaussian shape of these differences; 2 for Gaussian noise, 1 for Laplace."),
    Statistic("weibull_shape", "Gradient Weibull shape", "", "gradients", True,
              "Weibull shape γ of the gradient's magnitude; 2 for Gaussian noise."),
    Statistic("weibull_scale", "Gradient Weibull scale", "8-bit/px", "gradients", False,
              "Weibull scale β of the gradient's magnitude: typical strength of edges and texture."),
    Statistic("haar_shape_1", "Haar shape, level 1", "", "wavelets", True,
              "Generalized Gaussian shape of the finest Haar details; 2 for Gaussian noise."),
    Statistic("haar_shape_2", "Haar shape, level 2", "", "wavelets", True,
              "The same at twice the scale."),
    Statistic("haar_shape_3", "Haar shape, level 3", "", "wavelets", True,
              "The same at four times the scale."),
    Statistic("noise", "Noise level", "8-bit", "wavelets", False,
              "Median of the finest diagonal Haar details as a standard deviation of white noise."),
    Statistic("mscn_shape", "MSCN shape", "", "mscn", False,
              "Generalized Gaussian shape of luma after local mean and contrast are taken out."),
    Statistic("mscn_variance", "MSCN variance", "", "mscn", False,
              "Variance of luma after local mean and contrast are taken out."),
    Statistic("mscn_kurtosis", "MSCN kurtosis", "", "mscn", False,
              "Kurtosis of luma after local mean and contrast are taken out."),
    Statistic("contrast", "RMS contrast", "", "tone", True,
              "Standard deviation of luma, white = 1."),
    Statistic("entropy", "Entropy", "bits", "tone", False,
              "Shannon entropy of the histogram of luma."),
    Statistic("total_variation", "Total variation", "1/px", "tone", False,
              "Mean difference of luma to the right plus that to the pixel below, white = 1."),
)  # fmt: skip

STATISTICS: dict[str, Statistic] = {statistic.id: statistic for statistic in _ALL}
"""Statistic id → its meaning, in the order in which they are shown."""

_FAMILIES: tuple[Callable[[Tensor], dict[str, np.ndarray]], ...] = (
    spectrum.measure,
    colour.measure,
    gradients.measure,
    wavelets.measure,
    mscn.measure,
    tone.measure,
)


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Every statistic of images float32 [n, c, h, w] in [0, 1], already rounded to 8 bits.

    Returns statistic id → float64 [n], NaN where undefined. A picture's numbers do not depend on what
    else is in the batch beyond rounding errors.

    Raises:
        ValueError: not four dimensions, or a side under 8 px.
    """
    if images.ndim != 4 or min(images.shape[-2:]) < 8:
        raise ValueError(f"expected images [n, c, h, w] of at least 8 x 8 px, got {tuple(images.shape)}")
    step = max(1, CHUNK_PIXELS // (images.shape[-2] * images.shape[-1]))
    parts: dict[str, list[np.ndarray]] = {id: [] for id in STATISTICS}
    for start in range(0, len(images), step):
        chunk = images[start : start + step].detach().cpu()
        for family in _FAMILIES:
            for id, values in family(chunk).items():
                parts[id].append(values)
    return {id: np.concatenate(part) if part else np.empty(0) for id, part in parts.items()}
