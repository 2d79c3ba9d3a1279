"""A sample of photographs on every geometry that is tried, each file opened once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.photos import PhotoSet
from audit.photos.reading import THREADS, UnusableError, open_upright, prepare
from audit.records import Preprocessing
from audit.stages.preprocessing.alternatives import geometries

TOO_SMALL = 0.2
"""A geometry that more than this share of the photographs is too small for is not tried."""

Geometry = tuple[int | tuple[int, int] | None, str]
"""What photographs are resized to before the crop, and interpolation."""


def geometry(path: Preprocessing) -> Geometry:
    """What of an preprocessing the pixels of a crop depend on, size and channels apart."""
    return path.resize, path.interpolation


def read_crops(
    items: Sequence[int], photos: PhotoSet, given: Preprocessing
) -> tuple[dict[Geometry, Tensor], NDArray[np.int64]]:
    """Each photograph on each geometry, uint8 `[n, c, h, w]` by geometry, and the labels `[n]`.

    Only geometries that most photographs are large enough for and that change any of them; only photographs
    that can be used on all those.
    """
    paths = {geometry(path): path for path in (given, *geometries(given, given))}
    entries = [photos.entries[i] for i in items]
    with ThreadPoolExecutor(THREADS) as pool:
        prepared = list(pool.map(lambda entry: _prepare(entry.path, paths), entries))
    # Photographs without the given geometry are counted, with the reason, where photographs are measured.
    rows = [
        (-1 if entry.label is None else entry.label, row)
        for entry, row in zip(entries, prepared, strict=True)
        if geometry(given) in row
    ]
    kept = [key for key in paths if sum(key in row for _, row in rows) >= (1 - TOO_SMALL) * len(rows)]
    rows = [(label, row) for label, row in rows if all(key in row for key in kept)]
    crops = {key: torch.stack([row[key] for _, row in rows]) for key in kept} if rows else {}
    plain = crops.get(geometry(given))
    changed = {key: c for key, c in crops.items() if key == geometry(given) or not _equal(c, plain)}
    return changed, np.array([label for label, _ in rows], np.int64)


def _prepare(path: Path, paths: Mapping[Geometry, Preprocessing]) -> dict[Geometry, Tensor]:
    """One photograph on all geometries that it is large enough for."""
    found: dict[Geometry, Tensor] = {}
    try:
        image = open_upright(path)
    except UnusableError:
        return found
    for key, input in paths.items():
        with suppress(UnusableError):
            found[key] = prepare(image, input)
    return found


def _equal(a: Tensor, b: Tensor | None) -> bool:
    return b is not None and torch.equal(a, b)
