"""Pictures under the natural prior: whitened Fourier coefficients of decorrelated colour channels.

A unit step in any coefficient changes the picture by what is natural at that frequency and colour (Olah,
Mordvintsev and Schubert 2017, "Feature visualization", preconditioning). Mean, colour covariance, spectrum
and contrast are those of the baseline's photographs. Coefficients are deviations from the mean colour.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.image_stats import NaturalPrior
from audit.synthesis.spectral_band import Band

START = 0.05
"""Standard deviation of the whitened coefficients at the start: a faint natural noise around the mean."""
LUMA = (0.299, 0.587, 0.114)
NORMAL_95 = 1.6449
"""95th percentile of the standard normal distribution."""
DOUBLINGS, HALVINGS = 10, 8
"""Steps of the search for a contrast: up to 1,024 times as strong or as weak, then to 1 in 512 of that."""
SLOPE = 4.0
"""Of the logistic squashing: the derivative at middle grey is 1."""


class Palette:
    """The natural prior as tensors for pictures of c channels of up to (height, width) pixels."""

    def __init__(
        self, prior: NaturalPrior, channels: int, size: tuple[int, int], device: torch.device
    ) -> None:
        """`size` is the final (height, width). Other than three channels share the luma of photographs."""
        self.size, self.device, self.channels = size, device, channels
        self.prior = prior
        amplitude = prior.amplitude(*size)
        if channels == 3:
            mean, colour = torch.tensor(prior.mean), torch.tensor(prior.colour)
            weights = torch.tensor(LUMA)
            first = float(weights @ colour[:, 0])
        else:
            # Luma's deviation along the first colour component; further channels (depth, infrared) are
            # drawn independently of each other, since photographs say nothing of them.
            first = float(torch.tensor(LUMA) @ torch.tensor(prior.colour)[:, 0])
            mean, colour = torch.full((channels,), prior.mean_luma[1]), torch.eye(channels) * first
            amplitude = amplitude[:1].expand(channels, -1, -1)
            weights = torch.full((channels,), 1 / channels)
        # Photographs differ in mean colour too: by this many standard deviations of a channel.
        spread = (prior.mean_luma[2] - prior.mean_luma[0]) / (2 * NORMAL_95 * first)
        amplitude = amplitude.clone()
        amplitude[:, 0, 0] = abs(spread) * (size[0] * size[1]) ** 0.5
        self.amplitude, self.colour = amplitude.to(device), colour.to(device)
        self.offset = torch.logit(mean).to(device)[:, None, None]
        self.luma = weights.to(device)
        self.contrast = prior.contrast
        self._band: Band | None = None

    def band(self, height: int, width: int) -> Band:
        """The natural band at this size, built once."""
        if self._band is None or self._band.size != (height, width):
            self._band = Band(self.prior, self.channels, height, width, self.device)
        return self._band

    def at(self, height: int, width: int) -> Tensor:
        """Amplitudes `[c, height, width // 2 + 1]` of the same picture, rendered smaller.

        The same cycles per picture: central coefficients of the final size, rescaled for the orthonormal
        transform.
        """
        full_h, full_w = self.size
        scale = (height * width / (full_h * full_w)) ** 0.5
        return _central(self.amplitude, height, width) * scale

    def squash(self, deviation: Tensor, factor: Tensor) -> Tensor:
        """Deviations from the mean colour `[n, c, h, w]`, times `factor` `[n, 1, 1, 1]` → pictures."""
        return torch.addcmul(self.offset, deviation, SLOPE * factor).sigmoid_()

    @torch.no_grad()
    def rms(self, images: Tensor) -> Tensor:
        """RMS contrast of luma `[n, 1, 1, 1]` of images `[n, c, h, w]`, as a constant.

        Other than three channels are drawn independently: each has the contrast of a luma of its own.
        """
        planes = torch.einsum("c,nchw->nhw", self.luma, images)[:, None] if self.channels == 3 else images
        variance = planes.flatten(2).var(2, correction=0).mean(1)
        return variance.add(1e-12).sqrt()[:, None, None, None]


class FourierCanvas:
    """Pictures whose parameters are whitened coefficients `[n, c, h, w // 2 + 1, 2]`."""

    def __init__(self, palette: Palette, coefficients: Tensor, width: int) -> None:
        """`width` is the picture's (odd and even widths share a spectrum's shape)."""
        self._palette, self._size = palette, (coefficients.shape[2], width)
        self._amplitude = palette.at(*self._size)
        self.parameters = coefficients.detach().requires_grad_(True)

    @classmethod
    def noise(
        cls, palette: Palette, generators: Sequence[torch.Generator], height: int, width: int
    ) -> "FourierCanvas":
        """Faint natural noise; picture i is drawn from generator i."""
        return cls(palette, _draw(generators, palette, height, width), width)

    def render(self) -> Tensor:
        """The pictures, contrast at most that of the median photograph before squashing.

        The factor that limits contrast counts as a constant: differentiating it costs two passes over
        the pictures and only removes a component that changes nothing.
        """
        deviation = self._deviation(self.parameters)
        limit = self._palette.contrast[1]
        return self._palette.squash(
            deviation, (limit / self._palette.rms(deviation[..., ::2, ::2])).clamp(max=1.0)
        )

    def sharing(self, parameters: Tensor) -> "FourierCanvas":
        """A canvas of the same size for other coefficients `[n, ...]`."""
        return FourierCanvas(self._palette, parameters, self._size[1])

    @torch.no_grad()
    def settle(self) -> None:
        """Hold the mean colour inside the natural 5th to 95th percentile, after a step.

        A picture could otherwise be sparse by being black or white nearly everywhere.
        """
        self.parameters[:, :, 0, 0].clamp_(-NORMAL_95, NORMAL_95)

    @torch.no_grad()
    def finished(self) -> Tensor:
        """The pictures with contrast and spectrum inside the natural 5th to 95th percentile."""
        deviation = self._deviation(self.parameters)
        target = self._palette.rms(self.render()[..., ::2, ::2]).clamp(*self._palette.contrast[::2])
        within = self._palette.band(*self._size)(self.parameters, self._factor(deviation, target))
        deviation = self._deviation(within)
        return self._palette.squash(deviation, self._factor(deviation, target))

    def _factor(self, deviation: Tensor, target: Tensor) -> Tensor:
        """What deviations are multiplied by so that pictures have the RMS contrast `target`, `[n, 1, 1, 1]`.

        The squashing compresses strong contrast, so that the factor is found by bisection.
        """
        thumbnails = deviation[..., ::2, ::2]

        def reached(factor: Tensor) -> Tensor:
            return self._palette.rms(self._palette.squash(thumbnails, factor))

        above = torch.ones_like(target)
        for _ in range(DOUBLINGS):
            # Where every pixel saturates, more of it takes contrast away: stay at the strongest.
            now = reached(above)
            further = (now < target) & (reached(2 * above) > now)
            if not further.any():
                break
            above = torch.where(further, 2 * above, above)
        for _ in range(DOUBLINGS):
            less = reached(above / 2) > target
            if not less.any():
                break
            above = torch.where(less, above / 2, above)
        below = above / 2
        for _ in range(HALVINGS):
            middle = (below + above) / 2
            short = reached(middle) < target
            below, above = torch.where(short, middle, below), torch.where(short, above, middle)
        return (below + above) / 2

    def resized(self, height: int, width: int, generators: Sequence[torch.Generator]) -> "FourierCanvas":
        """The same pictures at a larger size; new frequencies start as faint noise."""
        wider = _draw(generators, self._palette, height, width)
        old = self.parameters.detach()
        # Nyquist rows and columns stand for two frequencies at once: those of the larger picture are new.
        h, w = (old.shape[2] - 1) // 2, (self._size[1] - 1) // 2
        wider[:, :, : h + 1, : w + 1] = old[:, :, : h + 1, : w + 1]
        wider[:, :, -h:, : w + 1] = old[:, :, -h:, : w + 1]
        return FourierCanvas(self._palette, wider, width)

    def _deviation(self, coefficients: Tensor) -> Tensor:
        spectrum = torch.view_as_complex(coefficients) * self._amplitude
        channels = torch.fft.irfft2(spectrum, s=self._size, norm="ortho")
        return (self._palette.colour @ channels.flatten(2)).view_as(channels)


def _draw(generators: Sequence[torch.Generator], palette: Palette, height: int, width: int) -> Tensor:
    shape = (palette.channels, height, width // 2 + 1, 2)
    drawn = torch.stack([torch.randn(shape, generator=g) for g in generators])
    return drawn.mul_(START).to(palette.device)


def _central(spectrum: Tensor, height: int, width: int) -> Tensor:
    """Low frequencies of a half spectrum `[c, H, W // 2 + 1]` for a picture of (height, width)."""
    top, bottom = (height + 1) // 2, height // 2
    rows = [spectrum[:, :top], spectrum[:, spectrum.shape[1] - bottom :]]
    return torch.cat(rows, 1)[:, :, : width // 2 + 1]
