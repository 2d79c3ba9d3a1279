"""What photographs have in common, in the form from which pictures are synthesised.

A picture with these statistics is `mean + colour @ channels`, with channels uncorrelated with each other
and each of the power spectrum that photographs have in that channel (Olah, Mordvintsev and Schubert 2017,
"Feature visualization", preconditioning; colour after Ruderman, Cronin and Chiao 1998).
"""

import math
from collections.abc import Iterable
from typing import Self

import numpy as np
import torch
from pydantic import PositiveFloat, model_validator
from torch import Tensor

from audit.image_stats.families.colour import covariance
from audit.image_stats.families.spectrum import slope_band
from audit.image_stats.pixels import luma
from audit.image_stats.rings import fit_slope, rings, windowed
from audit.image_stats.sparsity import sparsity
from audit.records.record import Record

PER_OCTAVE = 4
DARK = 1e-9
"""Least variance and power: photographs may all be grey, and their chroma still needs a logarithm."""
Triple = tuple[float, float, float]
Row = tuple[PositiveFloat, ...]
Spectra = tuple[Row, Row, Row]


class NaturalPrior(Record):
    """Mean, colour covariance, power spectra and contrast of photographs of one size.

    Power is the expected square of a coefficient of `rfft2(channel, norm="ortho")`: where z is complex
    Gaussian noise with E|z|² = 1 (white noise of variance 1 under the same transform),
    `irfft2(amplitude * z, norm="ortho")` has these spectra, and the mean of the power over all
    frequencies is the channel's variance per pixel.

    Pictures drawn so have less contrast than photographs (at 224 px .16 against .22): power is skewed, and
    the median is taken at each frequency by itself. Where contrast matters, scale to `contrast`.

    Frequencies are in cycles per pixel. To make a picture of side s that will be enlarged to side S,
    take the central coefficients of `amplitude(S, S)` times s / S: the same cycles per picture.
    """

    mean: Triple
    """R, G, B in [0, 1], averaged over all photographs."""
    colour: tuple[Triple, Triple, Triple]
    """Maps channels to deviations of R, G, B from the mean. Column i is the i-th eigenvector of the mean
    within-image covariance times the root of its eigenvalue, largest first; a channel therefore has
    unit variance in the mean over photographs, and less under the median spectrum."""
    frequencies: Row
    """[m] cycles per pixel: annuli from one cycle per longer side to √½, four an octave."""
    power: Spectra
    """[3, m] per channel, median over photographs; Hann window, energy corrected."""
    power_low: Spectra
    """5th percentile."""
    power_high: Spectra
    """95th percentile."""
    alpha: Triple
    """Slope of `power` ~ f^-α over the band of the statistic `spectral_slope`."""
    contrast: Triple
    """RMS contrast of luma (standard deviation, white = 1): 5th, 50th, 95th percentile."""
    mean_luma: Triple
    """Mean of luma in [0, 1]: 5th, 50th, 95th percentile."""
    sparsity: tuple[tuple[float, float], ...] = ()
    """[levels, 2] median sparsity of luma's gradient from fine to coarse (`audit.image_stats.sparsity`): of
    the whole photograph, and within its parts. Empty in baselines from before it was measured."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rows = (*self.power, *self.power_low, *self.power_high)
        if not self.frequencies or any(len(row) != len(self.frequencies) for row in rows):
            raise ValueError("every spectrum needs one value per frequency")
        return self

    def amplitude(self, height: int, width: int) -> Tensor:
        """Root of `power` at every frequency of `rfft2`: float32 [3, height, width // 2 + 1]; 0 at DC.

        Interpolated in log-log between annuli; beyond the first and last the power law `alpha` goes on
        (at the low end, where a larger picture than the photographs asks for more).
        """
        fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
        radius = np.hypot(fy, fx)
        radius[0, 0] = 1.0
        f = np.log(np.array(self.frequencies))
        logs = np.log(radius)
        spectra: list[np.ndarray] = []
        for power, alpha in zip(self.power, self.alpha, strict=True):
            beyond = np.minimum(logs - f[0], 0) + np.maximum(logs - f[-1], 0)
            amplitude = np.exp(0.5 * (np.interp(logs, f, np.log(power)) - alpha * beyond))
            amplitude[0, 0] = 0
            spectra.append(amplitude)
        return torch.from_numpy(np.stack(spectra)).float()


class PriorMeter:
    """Gathers a natural prior from batches of photographs of one size, in memory bounded per photograph."""

    def __init__(self, height: int, width: int) -> None:
        """Prepare for photographs of `height` x `width` px."""
        low = 1 / max(height, width)
        self._band = slope_band(height, width)
        self._rings = rings(height, width, low * 2 ** (-0.5 / PER_OCTAVE), math.sqrt(0.5), PER_OCTAVE)
        self._means: list[Tensor] = []
        self._covariances: list[Tensor] = []
        self._spectra: list[Tensor] = []
        self._lumas: list[Tensor] = []
        self._sparsities: list[Tensor] = []

    def add(self, images: Tensor) -> None:
        """Measure images [n, 3, h, w] in [0, 1]."""
        f = windowed(images.double())
        pairs = [[(f[:, i] * f[:, j].conj()).real for j in range(3)] for i in range(3)]
        cross = torch.stack([torch.stack(row, 1) for row in pairs], 1)
        self._spectra.append(self._rings.mean(cross).permute(0, 3, 1, 2))
        self._means.append(images.double().mean((2, 3)))
        self._covariances.append(covariance(images))
        self._sparsities.append(sparsity(luma(images)))
        y = luma(images).flatten(1)
        self._lumas.append(torch.stack([y.std(1, correction=0), y.mean(1)], 1))

    def result(self) -> NaturalPrior:
        """The prior over all photographs added."""
        values, vectors = np.linalg.eigh(torch.cat(self._covariances).mean(0).numpy())
        values, vectors = np.maximum(values[::-1], DARK), vectors[:, ::-1]
        strongest = np.abs(vectors).argmax(0)
        vectors = vectors * np.sign(vectors[strongest, range(3)])  # the sign of an eigenvector is arbitrary
        colour = _rounded_array(vectors * np.sqrt(values))
        inverse = np.linalg.inv(colour)
        cross = torch.cat(self._spectra).numpy()
        spectra = np.maximum(np.einsum("ci,nmij,cj->ncm", inverse, cross, inverse), DARK)
        low, middle, high = np.percentile(spectra, [5, 50, 95], axis=0)
        frequencies = self._rings.frequencies
        inside = (frequencies >= self._band[0]) & (frequencies <= self._band[1])
        sparsities = np.median(torch.cat(self._sparsities).numpy(), axis=0)
        lumas = np.percentile(torch.cat(self._lumas).numpy(), [5, 50, 95], axis=0)
        return NaturalPrior(
            mean=_triple(torch.cat(self._means).mean(0).numpy()),
            colour=(_triple(colour[0]), _triple(colour[1]), _triple(colour[2])),
            frequencies=rounded(frequencies),
            power=_spectra(middle),
            power_low=_spectra(low),
            power_high=_spectra(high),
            alpha=_triple(fit_slope(frequencies[inside], middle[:, inside])),
            contrast=_triple(lumas[:, 0]),
            mean_luma=_triple(lumas[:, 1]),
            sparsity=tuple((whole, parts) for whole, parts in map(rounded, sparsities.tolist())),
        )


def rounded(values: Iterable[float], digits: int = 5) -> tuple[float, ...]:
    """Values to `digits` significant digits: small files, equal where sums differ in the last bit."""
    return tuple(float(f"{value:.{digits}g}") for value in values)


def _rounded_array(matrix: np.ndarray) -> np.ndarray:
    return np.array([rounded(row) for row in matrix])


def _triple(values: Iterable[float]) -> Triple:
    a, b, c = rounded(values)
    return a, b, c


def _spectra(power: np.ndarray) -> Spectra:
    return rounded(power[0]), rounded(power[1]), rounded(power[2])
