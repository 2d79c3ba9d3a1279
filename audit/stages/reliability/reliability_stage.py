"""Stage: do pictures activate the same internal features as photographs?

What makes a network answer a picture may be a path that no photograph takes (Geirhos et al. 2024): then the
picture says nothing of what the network does with photographs. See
`audit.stages.reliability.layer_similarity` for the numbers.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from audit.classifier.watched_layers import PENULTIMATE, watch, watched_layers
from audit.images.png import read_picture
from audit.photos.photoset import spread
from audit.records import LayerPath, NaturalLayer, Picture
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PhotographsUnit, ReliabilityUnit, UnitRecord
from audit.stages.artifacts import chosen_natural, unpack
from audit.stages.reliability.cut_and_paste import survivors
from audit.stages.reliability.layer_similarity import (
    Scale,
    inactive,
    inactive_by_chance,
    nearest_others,
    similarity,
    similarity_error,
)
from audit.stages.reliability.reliability_reduction import cut_and_paste, paths, run_reliability
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Tick, Together, chunks

CLASSES = 1000
"""Classes per unit: each reads all photographs' activations."""
FEWEST = 10
"""Photographs below which nothing is compared with them."""
CONSPICUOUS = 95
"""Percentile of photographs that says how many inactive channels are chance."""

Floats = NDArray[np.floating[Any]]


class _Alike(TypedDict):
    """Fields of `LayerPath`."""

    similarity: float | None
    similarity_error: float | None
    photographs: int


_NOTHING = _Alike(similarity=None, similarity_error=None, photographs=0)


class ReliabilityStage:
    """Chosen pictures of many classes, one forward pass each, against all photographs."""

    name = "reliability"
    version = 2
    inputs: tuple[str, ...] = ("photographs", "pictures")
    together: Together = "no"
    body: type[UnitBody] = ReliabilityUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Where and with how many photographs pictures are compared."""
        reliability = context.config.reliability
        return {
            "layers": reliability.layers,
            "photographs": reliability.photographs,
            "per_class": context.config.photographs.per_class,
            "cut_and_paste": reliability.cut_and_paste,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Groups of classes; none without photographs enough."""
        if context.photos is None or len(context.photos.entries) < FEWEST:
            return []
        return chunks(context.classes, CLASSES)

    def views(self, context: Context) -> float:
        """One forward pass for each class's picture, and one for each composite."""
        each = 1 + context.config.reliability.cut_and_paste
        return FORWARD * each * sum(len(unit) for unit in self.units(context))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """One layer after the other, so that memory holds the photographs of one layer only."""
        bodies = [u.body for u in inputs if isinstance(u.body, PhotographsUnit) and u.body.photographs]
        labels = _labels(context, bodies)
        chosen = chosen_natural(inputs, items)
        items = [item for item in items if item in chosen]
        if len(labels) < FEWEST or not items:
            return Computed(ReliabilityUnit(compared=0, natural=[], classes={}), 0.0)
        sample = spread(labels, context.config.reliability.photographs)
        picture = _reader(chosen, context)
        pictures = _watched(items, picture, context, tick)
        natural: list[NaturalLayer] = []
        classes: dict[int, list[LayerPath]] = {item: [] for item in items}
        for place, (layer, rows) in enumerate(pictures.items()):
            name = "features" if layer == PENULTIMATE else f"layer {place}"
            parts = _Photographs(context, bodies, name)
            chance, found = _layer(layer, items, rows, parts, labels, sample, context)
            natural.append(chance)
            for item, path in zip(items, found, strict=True):
                classes[item].append(path)
        mixed = survivors(items, picture, context, bodies, tick)
        views = FORWARD * (len(items) + sum(share.n for share in mixed.values()))
        body = ReliabilityUnit(compared=len(sample), natural=natural, classes=classes, cut_and_paste=mixed)
        return Computed(body, views)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """What the badges of all classes share, and each class's way."""
        classes: dict[int, dict[str, object]] = {}
        for index, way in paths(records).items():
            classes.setdefault(index, {})["path"] = way
        for index, share in cut_and_paste(records).items():
            classes.setdefault(index, {})["cut_and_paste"] = share
        return Reduced(run={"reliability": run_reliability(context, records)}, classes=classes)


class _Photographs:
    """Activations of one layer, part by part, in the order of the set; without photographs on which the
    network's answer is not finite."""

    def __init__(self, context: Context, bodies: Sequence[PhotographsUnit], name: str) -> None:
        self._files, self._name = [context.folder / body.arrays for body in bodies], name
        self._good = [[photo.finite for photo in body.photographs] for body in bodies]

    def __iter__(self) -> Iterator[Floats]:
        for file, good in zip(self._files, self._good, strict=True):
            yield unpack(file, self._name)[self._name][good]

    def rows(self, places: Sequence[int]) -> Floats:
        """Those photographs `[n, d]`; `places` ascending."""
        wanted, found, start = np.asarray(places), list[Floats](), 0
        for part in self:
            found.append(part[wanted[(wanted >= start) & (wanted < start + len(part))] - start])
            start += len(part)
        return np.concatenate(found)


def _layer(
    layer: str,
    items: Sequence[int],
    pictures: Floats,
    photographs: _Photographs,
    labels: Sequence[int | None],
    sample: Sequence[int],
    context: Context,
) -> tuple[NaturalLayer, list[LayerPath]]:
    scale = Scale.of(photographs)
    compared = photographs.rows(sample)
    near = nearest_others(scale(compared))
    shown = scale(pictures)
    nearest = (shown @ scale(compared).T).max(1)
    shares, channels = inactive(pictures, compared)
    alike = _alike(items, shown, photographs, scale, labels, context.config.photographs.per_class)
    chance = NaturalLayer(
        layer=layer,
        nearest=float(np.median(near)),
        inactive=float(np.percentile(inactive_by_chance(compared), CONSPICUOUS)),
    )
    return chance, [
        LayerPath(
            layer=layer,
            **alike.get(item, _NOTHING),
            nearest=float(nearest[i]),
            nearest_percentile=float((near <= nearest[i]).mean()),
            inactive=float(shares[i]),
            channels=channels[i],
        )
        for i, item in enumerate(items)
    ]


def _alike(
    items: Sequence[int],
    pictures: Floats,
    photographs: _Photographs,
    scale: Scale,
    labels: Sequence[int | None],
    fewest: int,
) -> Mapping[int, _Alike]:
    """Class → similarity of its picture, for classes with at least `fewest` photographs (and two)."""
    counts = Counter(labels)
    enough = {item for item in items if counts[item] >= max(fewest, 2)}
    if not enough:
        return {}
    own: dict[int, list[Floats]] = {item: [] for item in enough}
    total, start = np.zeros(pictures.shape[1]), 0
    for part in photographs:
        rows = scale(part)
        total += rows.sum(0, dtype=np.float64)
        for row, label in zip(rows, labels[start : start + len(rows)], strict=True):
            if label in enough:
                own[label].append(row)
        start += len(rows)
    found: dict[int, _Alike] = {}
    for picture, item in zip(pictures, items, strict=True):
        if item in enough and len(own[item]) < len(labels):
            same = np.stack(own[item])
            others = (total - same.sum(0, dtype=np.float64)) / (len(labels) - len(same))
            value = similarity(picture, same, others)
            error = None if value is None else similarity_error(picture, same, others)
            found[item] = _Alike(similarity=value, similarity_error=error, photographs=len(same))
    return found


def _labels(context: Context, bodies: Sequence[PhotographsUnit]) -> list[int | None]:
    """Class of each photograph with a finite answer, in the order of the arrays; in a flat folder the
    network's own answer."""
    assert context.photos is not None
    own = context.photos.kind == "own answers"
    known = [p for body in bodies for p in body.photographs if p.finite]
    return [p.answer.class_index if own else p.label for p in known]


def _reader(chosen: Mapping[int, Picture], context: Context) -> Callable[[int], torch.Tensor]:
    """Class → its chosen picture under the natural prior `[c, h, w]`, read when it is needed."""
    return lambda item: read_picture(context.folder / chosen[item].file, context.classifier.input.channels)


@torch.no_grad()
def _watched(
    items: Sequence[int], picture: Callable[[int], torch.Tensor], context: Context, tick: Tick
) -> dict[str, Floats]:
    """By layer, the activations `[classes, d]` of each class's picture."""
    classifier = context.classifier
    watched = watched_layers(classifier, context.config.reliability.layers)
    parts: list[Mapping[str, torch.Tensor]] = []
    for batch in chunks(items, context.config.photographs.batch):
        images = torch.stack([picture(item) for item in batch])
        parts.append(watch(classifier, images.to(classifier.device), watched)[1])
        tick(FORWARD * len(batch))
    return {name: torch.cat([part[name].cpu() for part in parts]).numpy() for name in parts[0]}
