"""What a dream begins with: the photograph, the guide, and the units that the network looks with."""

from pathlib import Path

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.layers import layers
from audit.errors import ConfigError, ModelError
from audit.photos.whole import whole
from audit.statistics import bundled, to_uint8_grid
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.series import series
from audit.synthesis.units import Unit, parse

NOISE = "noise"
"""In place of a photograph: noise with the spectrum and colours of photographs."""
SIDE, INPUTS = 768, 12
"""Longer side in px unless said otherwise; at most so many times the network's input."""


def units_of(classifier: Classifier, texts: list[str], *, single: bool) -> list[Unit]:
    """The units named; without names the series from low to high. `single`: only one, by itself the last but
    one of the series, where most networks see things.

    Raises:
        ModelError: no such layer, or none that keeps positions.
        ConfigError: several named where one is wanted.
    """
    if single and len(texts) > 1:
        raise ConfigError("a zoom dreams of one layer", where="--zoom", fix=f"--layer {texts[0]}")
    if texts:
        return parse(classifier, texts)
    found = [Unit(layer.name, layer) for layer in series(layers(classifier))]
    if not found:
        raise ModelError(
            "no layer of this network keeps positions", fix="choose one of `audit layers MODEL` with --layer"
        )
    return (found[-2:-1] or found) if single else found


def photograph(classifier: Classifier, photo: str, side: int | None, seed: int) -> Tensor:
    """The photograph, or natural noise, as `[1, c, h, w]` on the 8-bit grid.

    `side` is the longer one in px. ConfigError where it is under the network's own; ImageError for a file
    that cannot be used.
    """
    own = max(classifier.size)
    longest = min(SIDE, INPUTS * own) if side is None else side
    if longest < own:
        raise ConfigError(
            f"expected at least the network's own side, {own} px, got {longest}",
            where="--side",
            fix=f"--side {own}",
        )
    if photo != NOISE:
        return whole(Path(photo), classifier.input.channels, longest, own)
    height, width = max(round(longest * 0.75), own), longest
    baseline = bundled(256, 256)
    assert baseline is not None
    colours = Palette(baseline.prior, classifier.input.channels, (height, width), torch.device("cpu"))
    with torch.no_grad():
        drawn = FourierCanvas.noise(colours, [generator(seed, "dream-noise")], height, width).finished()
    return to_uint8_grid(drawn)


def guide_of(classifier: Classifier, path: Path) -> Tensor:
    """The second photograph `[1, c, h, w]`: whole where the network takes it so, else its middle."""
    height, width = classifier.size
    guide = whole(path, classifier.input.channels, max(height, width), max(height, width))
    if classifier.accepts((guide.shape[2], guide.shape[3])):
        return guide
    top, left = (guide.shape[2] - height) // 2, (guide.shape[3] - width) // 2
    return guide[:, :, top : top + height, left : left + width]
