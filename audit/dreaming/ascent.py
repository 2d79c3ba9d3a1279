"""Enhance in a photograph what a network sees there (Mordvintsev, Olah and Tyka 2015, "Inceptionism").

Gradient ascent on what a layer answers, over octaves: first the picture reduced, then larger and larger, with
what was dreamt carried on. After each octave mean and covariance of the colours are those of the photograph
again: a layer that likes contrast would else leave black and white. Each step the picture is rolled by a
random amount along both axes, so that neither the network's strides nor the tiles' borders leave a pattern.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from audit.classifier import Classifier
from audit.dreaming.color_transfer import Tone
from audit.dreaming.tiling import Score, Tiling, normalised
from audit.image_stats import bundled
from audit.synthesis.engine import Tick

TILE = 512
"""Side in px of what goes through a network at once, where it takes any size."""
SMALLEST = 0.45
"""Least side of an octave for such a network, as a share of its input's: below, it sees no things."""
MARGIN = 24
"""Pixels of reflection around the picture: where the roll joins opposite borders, no edge may be seen."""


@dataclass(frozen=True)
class DreamSettings:
    """How far and how finely."""

    octaves: int = 12
    """At most; the network may take fewer (see `sleeper`)."""
    scale: float = 1.4
    """Between the sides of neighbouring octaves."""
    iterations: int = 10
    """Steps in each octave."""
    step: float = 0.015
    """Root mean square of the change in one step, in units of the [0, 1] range."""
    levels: int = 4
    """Octaves of the gradient that are brought to the same strength; 0: the gradient as it comes."""


@dataclass(frozen=True)
class Sleeper:
    """What dreams: a network behind a score, with the size of picture that it takes."""

    score: Score
    tile: tuple[int, int]
    """Height and width in px of what goes through the network at once."""
    smallest: tuple[int, int]
    """Octaves below this height and width are left out: the network takes none smaller, or sees nothing."""
    palette: Tensor
    """`[c, c]`: how the channels of natural pictures go together; grey steps are the easiest."""


def sleeper(classifier: Classifier, score: Score, size: tuple[int, int], settings: DreamSettings) -> Sleeper:
    """For pictures of this height and width: large tiles where the network takes every octave of them, else
    tiles of its own size. The picture must not be smaller than those."""
    tile, smallest = (TILE, TILE), (int(SMALLEST * classifier.size[0]), int(SMALLEST * classifier.size[1]))
    passes = [_framed(octave) for octave in sides(size, smallest, settings)]
    if not all(classifier.accepts((min(h, TILE), min(w, TILE))) for h, w in passes):
        tile = smallest = classifier.size
    return Sleeper(score, tile, smallest, palette(classifier.input.channels))


def palette(channels: int) -> Tensor:
    """Covariance `[c, c]` of the colours of photographs, mean variance 1; the identity for other than RGB."""
    baseline = bundled(224, 224)
    if channels != 3 or baseline is None:
        return torch.eye(channels)
    colour = torch.tensor(baseline.prior.colour)
    covariance = colour @ colour.T
    return covariance / covariance.diagonal().mean()


def sides(size: tuple[int, int], smallest: tuple[int, int], settings: DreamSettings) -> list[tuple[int, int]]:
    """Height and width of each octave, smallest first; the last is `size`."""
    every = [
        (round(size[0] / settings.scale**k), round(size[1] / settings.scale**k))
        for k in reversed(range(settings.octaves))
    ]
    return [s for s in every[:-1] if s[0] >= smallest[0] and s[1] >= smallest[1]] + [size]


def dream(
    picture: Tensor,
    sleeper: Sleeper,
    settings: DreamSettings,
    generator: torch.Generator,
    tick: Tick = lambda pixels: None,
) -> Tensor:
    """A picture `[1, c, h, w]` in [0, 1] → the same, dreamt on; `tick` is told the pixels of each step."""
    full = (picture.shape[2], picture.shape[3])
    now, dreamt = picture, torch.zeros_like(picture)
    for size in sides(full, sleeper.smallest, settings):
        base = _resized(picture, size)
        now = (base + _resized(dreamt, size)).clamp(0, 1)
        tiling = Tiling(_framed(size), sleeper.tile, overlap=min(*_framed(size), *sleeper.tile) // 4)
        for _ in range(settings.iterations):
            now = step(now, sleeper, tiling, settings, generator)
            tick(float(size[0] * size[1]))
        now = Tone.of(base).given_to(now)
        dreamt = now - base
    return now


def step(
    picture: Tensor, sleeper: Sleeper, tiling: Tiling, settings: DreamSettings, generator: torch.Generator
) -> Tensor:
    """One step of ascent on a picture `[1, c, h, w]`, rolled by up to half a tile either way."""
    rolls = [int(torch.randint(-side // 2, side // 2 + 1, (), generator=generator)) for side in tiling.tile]
    frame = _margin((picture.shape[2], picture.shape[3]))
    framed = F.pad(picture, [frame] * 4, mode="reflect")
    gradient, _ = tiling.gradient(torch.roll(framed, rolls, (2, 3)), sleeper.score)
    gradient = torch.roll(gradient, [-roll for roll in rolls], (2, 3))
    gradient = gradient[..., frame : frame + picture.shape[2], frame : frame + picture.shape[3]]
    natural = torch.einsum("dc,nchw->ndhw", sleeper.palette.to(gradient), gradient)
    return (picture + settings.step * normalised(natural, settings.levels)).clamp(0, 1)


def _margin(size: tuple[int, int]) -> int:
    return min(MARGIN, min(size) // 8)


def _framed(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width with the margin on both sides."""
    return size[0] + 2 * _margin(size), size[1] + 2 * _margin(size)


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if picture.shape[-2:] == size:
        return picture
    return F.interpolate(picture, size=size, mode="bicubic", antialias=True, align_corners=False)
