"""Units inside a network: layers, channels, neurons and directions, by name, as objectives of pictures.

Scores follow Olah, Mordvintsev and Schubert 2017, "Feature visualization" (optimization objectives): a
channel is its mean over all positions, a layer the mean square of its activations (DeepDream's objective),
a direction the projection on a vector of channels.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.layers import LayerInfo, activations, layers
from audit.errors import ConfigError, ModelError
from audit.text import nearest

MOST = 256
"""Units that one range may name: more are a mistake rather than a wish."""
FORMS = "LAYER, LAYER:CHANNEL, LAYER:0-15, LAYER:CHANNEL@Y,X or LAYER:DIRECTION.npy"


@dataclass(frozen=True)
class Unit:
    """What a picture is drawn for."""

    name: str
    """As it was written, a range's members each by itself."""
    layer: LayerInfo
    direction: Tensor | None = None
    """`[channels]`, length 1; None: the whole layer."""
    position: tuple[int, ...] | None = None
    """(y, x) in a map of the layer's own shape, (t,) among tokens; None: all positions."""

    def score(self, activation: Tensor) -> Tensor:
        """Activation of this layer on one image `[channels, *positions]` → score, a number."""
        if self.direction is None:
            return activation.square().mean()
        along = torch.tensordot(self.direction.to(activation.device), activation, dims=1)
        if self.position is None:
            return along.mean()
        # A smaller view has a smaller map: the same place in it.
        sides = zip(self.position, along.shape, self.layer.positions, strict=True)
        return along[tuple((2 * place + 1) * now // (2 * whole) for place, now, whole in sides)]


class UnitObjective:
    """Targets are places in a list of units; the score is that unit's."""

    def __init__(self, classifier: Classifier, units: Sequence[Unit]) -> None:
        """`units` may lie in several layers: each layer asked for costs a pass up to it."""
        self._classifier, self._units = classifier, list(units)

    def __call__(self, views: Tensor, targets: Tensor) -> Tensor:
        """Run the network up to the layers of these targets."""
        units = [self._units[target] for target in targets.tolist()]
        scores: dict[int, Tensor] = {}
        for layer in dict.fromkeys(unit.layer for unit in units):
            places = [place for place, unit in enumerate(units) if unit.layer == layer]
            inside = views if len(places) == len(units) else views[places]
            found = activations(self._classifier, inside, layer)
            scores |= {place: units[place].score(found[i]) for i, place in enumerate(places)}
        return torch.stack([scores[place] for place in range(len(units))])


def scores(classifier: Classifier, units: Sequence[Unit], images: Tensor) -> Tensor:
    """Of every unit on every image `[n, c, h, w]`: `[n, units]`; one pass for each layer."""
    found = {layer: activations(classifier, images, layer) for layer in dict.fromkeys(u.layer for u in units)}
    columns = [torch.stack([unit.score(one) for one in found[unit.layer]]) for unit in units]
    return torch.stack(columns, dim=1)


def parse(classifier: Classifier, texts: Sequence[str]) -> list[Unit]:
    """Units by name: `LAYER` (all of it), `LAYER:CHANNEL`, `LAYER:FIRST-LAST`, `LAYER:CHANNEL@Y,X` (a neuron;
    `@T` among tokens) or `LAYER:FILE.npy` (a vector of the layer's channels).

    Raises:
        ModelError: no such layer; the nearest is named.
        ConfigError: what follows the layer is none of these, or out of range.
    """
    known = {layer.name: layer for layer in layers(classifier)}
    return [unit for text in texts for unit in _units(text, known)]


def _units(text: str, known: dict[str, LayerInfo]) -> list[Unit]:
    name, _, rest = text.partition(":")
    if name not in known:
        hint = nearest(name, known) or f"layers are named like {', '.join(list(known)[:3])}"
        raise ModelError(
            f"no layer {name!r} gives a tensor", where=text, fix=f"{hint}; `audit layers MODEL` lists all"
        )
    layer = known[name]
    if layer.kind == "other":
        raise ModelError(
            f"the output {layer.shape} of layer {name!r} cannot be told apart by image",
            where=text,
            fix="choose another layer",
        )
    if ":" not in text:
        return [Unit(name, layer)]
    if rest.endswith(".npy"):
        return [Unit(f"{name}:{Path(rest).name}", layer, _direction(Path(rest), layer))]
    form = re.fullmatch(r"(\d+)(?:-(\d+))?(?:@(\d+(?:,\d+)*))?", rest)
    if form is None:
        raise ConfigError(f"expected {FORMS}, got {text!r}", where="--unit", fix=f"--unit {name}:0")
    first, last = int(form[1]), int(form[2] or form[1])
    position = tuple(map(int, form[3].split(","))) if form[3] else None
    _require_inside(text, layer, first, last, position)
    at = f"@{form[3]}" if form[3] else ""
    return [Unit(f"{name}:{c}{at}", layer, _axis(c, layer), position) for c in range(first, last + 1)]


def _require_inside(
    text: str, layer: LayerInfo, first: int, last: int, position: tuple[int, ...] | None
) -> None:
    if not first <= last < layer.channels:
        raise ConfigError(
            f"expected a channel from 0 to {layer.channels - 1}, or a range of them, got {text!r}",
            where="--unit",
            fix=f"--unit {layer.name}:0-{min(15, layer.channels - 1)}",
        )
    if last - first >= MOST:
        raise ConfigError(
            f"expected at most {MOST} channels in a range, got {last - first + 1}",
            where="--unit",
            fix=f"--unit {layer.name}:{first}-{first + MOST - 1}",
        )
    if position is None:
        return
    if len(position) != len(layer.positions) or any(
        p >= side for p, side in zip(position, layer.positions, strict=True)
    ):
        places = ",".join(f"0 to {side - 1}" for side in layer.positions)
        raise ConfigError(
            f"expected a position of {places} after @, got {text!r}"
            if places
            else f"layer {layer.name!r} gives a vector, which has no positions, got {text!r}",
            where="--unit",
            fix=f"--unit {layer.name}:{first}"
            + (f"@{','.join(str(s // 2) for s in layer.positions)}" if places else ""),
        )


def _axis(channel: int, layer: LayerInfo) -> Tensor:
    direction = torch.zeros(layer.channels)
    direction[channel] = 1
    return direction


def _direction(path: Path, layer: LayerInfo) -> Tensor:
    """The vector in a file, scaled to length 1."""
    fix = f"save {layer.channels} numbers with numpy.save"
    try:
        vector = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ConfigError(f"expected a vector in a .npy file: {error}", where=str(path), fix=fix) from error
    got = f"shape {vector.shape} of {vector.dtype}" if isinstance(vector, np.ndarray) else "an archive"
    if (
        not isinstance(vector, np.ndarray)
        or vector.shape != (layer.channels,)
        or vector.dtype.kind not in "fiu"
    ):
        raise ConfigError(
            f"expected a vector of {layer.channels} numbers, got {got}",
            where=str(path),
            fix=fix,
        )
    direction = torch.from_numpy(vector.astype(np.float32))
    length = direction.norm()
    if not bool(length.isfinite()) or length == 0:
        raise ConfigError("expected finite numbers that are not all 0", where=str(path), fix=fix)
    return direction / length
