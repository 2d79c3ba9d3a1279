"""Stage: the photographs that belong to a class, by the network's own measure.

The most activating ones show what the class responds to in nature (Borowski et al. 2021, arXiv:2010.12606:
natural examples tell a reader more than synthesised ones do); the nearest ones show what its picture is of.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from audit.images.png import png, read_picture
from audit.photos import Entry, read
from audit.photos.reading import THREADS
from audit.records import Nearby, Picture
from audit.records.record import UnitBody
from audit.records.unit_records import Items, NearbyUnit, PhotographsUnit, UnitRecord
from audit.stages.artifacts import chosen_natural, photograph_file, unpack
from audit.stages.stage import CENTRED_FROM, FORWARD, Computed, Context, Reduced, Tick, Together, chunks

# The largest values of many rows, seen a few columns at a time.


class Best:
    """For each row the columns with the largest values, without holding the whole table."""

    def __init__(self, rows: int, count: int) -> None:
        """Keep `count` of each row."""
        self._count = count
        self._values = np.zeros((rows, 0), np.float32)
        self._ids = np.zeros((rows, 0), np.int64)

    def add(self, values: NDArray[Any], ids: NDArray[np.int64]) -> None:
        """Columns `[rows, n]` with their ids `[n]`; among equal values those that came first stay first."""
        ids = np.broadcast_to(ids, values.shape)
        values, ids = np.concatenate([self._values, values], 1), np.concatenate([self._ids, ids], 1)
        order = np.argsort(-values, axis=1, kind="stable")[:, : self._count]
        self._values = np.take_along_axis(values, order, 1)
        self._ids = np.take_along_axis(ids, order, 1)

    def rows(self) -> list[list[tuple[int, float]]]:
        """(id, value) of each row, best first."""
        return [
            list(zip(ids, values, strict=True))
            for ids, values in zip(self._ids.tolist(), self._values.tolist(), strict=True)
        ]


CROP_BYTES = 2**28
"""Of crops that one unit may hold, uncompressed."""

Floats = NDArray[np.floating[Any]]


class NearestPhotographs:
    """All classes at once where few photographs can be shown, else as many as the crops leave room for."""

    name = "nearest-photographs"
    version = 1
    inputs: tuple[str, ...] = ("photographs", "pictures")
    together: Together = "no"
    body: type[UnitBody] = NearbyUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """How many are shown."""
        return {"neighbours": context.config.photographs.neighbours}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Groups of classes: each reads all photographs' features, so few groups are quick."""
        if context.photos is None or not context.photos.entries:
            return []
        given = context.classifier.input
        room = max(1, CROP_BYTES // (given.height * given.width * given.channels))
        if len(context.photos.entries) <= room:
            return [context.classes]
        return chunks(context.classes, room // (2 * context.config.photographs.neighbours))

    def views(self, context: Context) -> float:
        """One forward pass for each class's picture."""
        return FORWARD * sum(len(unit) for unit in self.units(context))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Rank all photographs for each class, and write crops of those that are shown."""
        assert context.photos is not None
        bodies = [unit.body for unit in inputs if isinstance(unit.body, PhotographsUnit)]
        chosen = chosen_natural(inputs, items)
        shown_items = [item for item in items if item in chosen]
        pictures = _picture_features(shown_items, context, chosen, tick)
        count = context.config.photographs.neighbours
        activating, nearest = Best(len(items), count), Best(len(shown_items), count)
        total, number = 0.0, 0
        for arrays in _arrays(context, bodies):
            activating.add(arrays["logits"][:, list(items)].T, arrays["indices"])
            total += arrays["features"].sum(0, dtype=np.float64)
            number += len(arrays["indices"])
        entries = context.photos.entries
        if shown_items:
            few = number < CENTRED_FROM
            centre = np.zeros(pictures.shape[1]) if few else np.asarray(total / number)
            pictures = _directions(pictures, centre)
            for arrays in _arrays(context, bodies):
                nearest.add(pictures @ _directions(arrays["features"], centre).T, arrays["indices"])
        body = NearbyUnit(
            activating=_records(items, activating, entries), nearest=_records(shown_items, nearest, entries)
        )
        shown = sorted({photo for best in (activating, nearest) for row in best.rows() for photo, _ in row})
        return Computed(body, FORWARD * len(shown_items), _crops(context, shown))

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Nothing by itself: the photographs show it with theirs."""
        return Reduced()


def _records(items: Sequence[int], best: Best, entries: Sequence[Entry]) -> dict[int, list[Nearby]]:
    return {
        item: [
            Nearby(photograph=photo, value=value, file=photograph_file(entries[photo].sha256))
            for photo, value in row
        ]
        for item, row in zip(items, best.rows(), strict=True)
    }


def _arrays(context: Context, bodies: Sequence[PhotographsUnit]) -> Iterator[dict[str, NDArray[Any]]]:
    """The arrays of each unit that has photographs, one after the other: never all of them in memory.

    A photograph on which a number is not finite belongs to no class, and would leave no other one a centre.
    """
    for body in bodies:
        if body.photographs:
            arrays = unpack(context.folder / body.arrays, "indices", "logits", "features")
            good = np.isfinite(arrays["logits"]).all(1) & np.isfinite(arrays["features"]).all(1)
            yield {name: rows[good] for name, rows in arrays.items()}


@torch.no_grad()
def _picture_features(
    items: Sequence[int], context: Context, chosen: Mapping[int, Picture], tick: Tick
) -> Floats:
    """Penultimate features `[classes, d]` of each class's chosen picture under the natural prior."""
    classifier = context.classifier
    rows: list[Floats] = []
    for batch in chunks(items, context.config.photographs.batch):
        images = torch.stack(
            [read_picture(context.folder / chosen[c].file, classifier.input.channels) for c in batch]
        )
        rows.append(classifier.features(images.to(classifier.device)).cpu().numpy())
        tick(FORWARD * len(batch))
    return np.concatenate(rows) if rows else np.zeros((0, 0), np.float32)


def _directions(features: Floats, centre: Floats) -> Floats:
    """Rows `[n, d]` seen from the centre, at length 1; a row at the centre stays zero."""
    rows = (features - centre).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def _crops(context: Context, photographs: Sequence[int]) -> dict[str, bytes]:
    """Files of the photographs as the network sees them."""
    assert context.photos is not None
    files: dict[str, bytes] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        for batch in chunks(photographs, context.config.photographs.batch):
            seen = read([context.photos.entries[i] for i in batch], context.classifier.input)
            assert not seen.skipped  # they were read before, and their bytes are the same
            names = [photograph_file(context.photos.entries[index].sha256) for index in seen.indices]
            files.update(zip(names, pool.map(png, seen.images), strict=True))
    return files
