"""What a dream begins with: the photograph, the guide, and the units that the network looks with."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.layers import LayerInfo, layers
from audit.errors import ConfigError, ModelError
from audit.image_stats import bundled, to_uint8_grid
from audit.photos.reading import whole
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.units.unit_names import Unit, parse

# The layers at which a photograph is dreamt to show what a network sees at each depth.

DEPTHS = (0.1, 0.33, 0.56, 0.74, 0.9)
"""Share of the network's layers with weights that have run: strokes, patterns, shapes, objects, scenes."""
NESTED = 0.025
"""A name that is one level deeper counts as so much farther: blocks before what is inside them."""


def series(layers: Sequence[LayerInfo], depths: Sequence[float] = DEPTHS) -> list[LayerInfo]:
    """Of all layers, in the order in which they run, the nearest to each depth, first to last; none twice.

    Only layers that keep positions count (maps and tokens).
    """
    names = {layer.name for layer in layers}
    ran, places = 0, list[tuple[float, LayerInfo]]()
    for layer in layers:
        leaf = not any(name.startswith(f"{layer.name}.") for name in names)
        ran += leaf and layer.parameters > 0
        if layer.kind in ("map", "tokens") and max(layer.positions, default=1) > 1:
            places.append((float(ran), layer))
    if not places:
        return []
    chosen = [
        min(places, key=lambda place: abs(place[0] / ran - depth) + NESTED * place[1].depth)[1]
        for depth in depths
    ]
    return list(dict.fromkeys(chosen))


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
