"""A baseline from the user's own photographs: what `audit baseline` does."""

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from audit.errors import ImageError
from audit.image_stats.all_statistics import STATISTICS, measure
from audit.image_stats.baseline import GRID, HASH_BYTES, Baseline
from audit.image_stats.natural_prior import PriorMeter, rounded
from audit.images.decode import Photograph, TooSmallError, UnreadableError, decode
from audit.images.discover import find

FEWEST = 30
"""Photographs below which tails are guesses."""
CROP = 224 / 256
"""Side of the centre crop over the shorter side before it, as ImageNet classifiers are evaluated."""
BATCH = 16


@dataclass(frozen=True)
class Skipped:
    """Photographs that were left out."""

    unreadable: int
    too_small: int


@dataclass(frozen=True)
class BuildReport:
    """What became of `build`."""

    baseline: Baseline
    file: Path
    found: int
    skipped: Skipped


def default_resize(height: int, width: int) -> int:
    """Shorter side of a photograph before its centre crop."""
    return round(max(height, width) / CROP)


def compute(
    paths: Sequence[Path],
    height: int,
    width: int,
    resize: int | None = None,
    *,
    provenance: str = "photographs of the user",
    id: str | None = None,
) -> tuple[Baseline, Skipped]:
    """Measure photographs on one path: shorter side to `resize`, centre crop, 8 bits.

    `resize` None: photographs are only cropped. Those stored at exactly height x width are taken as they
    are. Those that would have to be enlarged, and files that are no picture, are skipped and counted.

    Raises:
        ImageError: fewer than 30 photographs can be used.
    """
    meter = PriorMeter(height, width)
    parts: list[dict[str, np.ndarray]] = []
    hashes: list[bytes] = []
    stored = 0
    lost: dict[type[Exception], int] = {TooSmallError: 0, UnreadableError: 0}
    for batch in _batches(paths, height, width, resize, lost):
        images: Tensor = torch.stack([photo.pixels for photo in batch]).float() / 255
        meter.add(images)
        parts.append(measure(images))
        hashes.extend(bytes.fromhex(photo.sha256)[:HASH_BYTES] for photo in batch)
        stored += sum(photo.stored for photo in batch)
    skipped = Skipped(unreadable=lost[UnreadableError], too_small=lost[TooSmallError])
    count = len(hashes)
    if count < FEWEST:
        raise ImageError(
            f"expected at least {FEWEST} usable photographs, got {count} of {len(paths)} "
            f"({skipped.too_small} smaller than needed, {skipped.unreadable} unreadable)",
            fix=f"give more photographs with a shorter side of at least {resize or min(height, width)} px, "
            "or a smaller --size",
        )
    left_out = f", {skipped.too_small} too small left out" if skipped.too_small else ""
    baseline = Baseline(
        id=id or f"photographs-{height}x{width}",
        height=height,
        width=width,
        images=count,
        provenance=f"{count} {provenance}{left_out}; {_path_in_words(height, width, resize, stored, count)}",
        tables={id: _table([part[id] for part in parts]) for id in STATISTICS},
        prior=meter.result(),
        hashes=base64.b64encode(b"".join(sorted(set(hashes)))).decode(),
    )
    return baseline, skipped


def from_folder(
    folder: Path, size: int | tuple[int, int], *, seed: int = 0, limit: int | None = None
) -> tuple[Baseline, Skipped]:
    """A baseline of `size` (side, or height and width) from the photographs in `folder` and below it.

    `limit` takes a random subset, the same for the same seed. Resized as ImageNet classifiers are
    evaluated: shorter side to size * 256 / 224.

    Raises:
        ImageError: no folder, no pictures in it, or fewer than 30 that can be used.
    """
    paths = _paths(folder, seed, limit)
    height, width = (size, size) if isinstance(size, int) else size
    return compute(paths, height, width, default_resize(height, width))


def build(
    folder: Path, size: int | tuple[int, int], out: Path, *, seed: int = 0, limit: int | None = None
) -> BuildReport:
    """Make a baseline from a folder and write it to `out`.

    Raises:
        ImageError: see `from_folder`.
        OutputError: `out` cannot be written.
    """
    baseline, skipped = from_folder(folder, size, seed=seed, limit=limit)
    baseline.save(out)
    found = baseline.images + skipped.too_small + skipped.unreadable
    return BuildReport(baseline=baseline, file=out, found=found, skipped=skipped)


def _batches(
    paths: Sequence[Path], height: int, width: int, resize: int | None, lost: dict[type[Exception], int]
) -> Iterator[list[Photograph]]:
    """Photographs that can be used, a few at a time; the others are counted in `lost`."""
    batch: list[Photograph] = []
    for path in paths:
        try:
            batch.append(decode(path, height, width, resize))
        except (TooSmallError, UnreadableError) as error:
            lost[type(error)] += 1
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _path_in_words(height: int, width: int, resize: int | None, stored: int, count: int) -> str:
    if stored == count:
        return f"stored at {width} x {height} px, 8 bits"
    resized = f"shorter side to {resize} px (bilinear, antialiased), " if resize is not None else ""
    as_stored = f" ({stored} stored at that size taken as they are)" if stored else ""
    return f"decoded, {resized}centre crop {width} x {height} px{as_stored}, 8 bits"


def _paths(folder: Path, seed: int, limit: int | None) -> list[Path]:
    if not folder.is_dir():
        raise ImageError("expected a folder of photographs", where=str(folder), fix="check the path")
    paths = find(folder)
    if not paths:
        raise ImageError(
            "no pictures found", where=str(folder), fix="give a folder with .jpg, .png, .webp or .tif files"
        )
    if limit is not None and limit < len(paths):
        paths = sorted(random.Random(seed).sample(paths, limit))
    return paths


def _table(parts: list[np.ndarray]) -> tuple[float, ...] | None:
    values = np.concatenate(parts)
    values = values[np.isfinite(values)]
    return rounded(np.percentile(values, GRID)) if len(values) else None
