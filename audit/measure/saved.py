"""What stages leave in a run for later ones: arrays, pictures and their records, and how to read them."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from audit.results import ClassPictures, Picture
from audit.results.units import PicturesUnit, UnitRecord


def pack(arrays: Mapping[str, Any]) -> bytes:
    """A `.npz` file of named arrays of numbers; numpy stamps its entries with a fixed date."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpack(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays of a `.npz` file, all of them where none is named; objects are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in names or file.files}


def read_picture(path: Path, channels: int) -> Tensor:
    """A picture as `audit.measure.measured.png` wrote it: float32 `[c, h, w]` in [0, 1]."""
    with Image.open(path, formats=["PNG"]) as image:
        pixels = np.array(image)
    if pixels.ndim == 2:
        # Channels other than red, green, blue lie side by side in one grey file.
        parts = np.split(pixels, channels, axis=1) if channels != 3 else [pixels]
        pixels = np.stack(parts, axis=-1)
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def photograph_file(sha256: str) -> str:
    """Where the lossless crop of a photograph stands in the run directory, whichever stage writes it.

    Named by the file's bytes: its place in the set changes as photographs are added.
    """
    return f"images/photographs/{sha256[:16]}.png"


def pictures_of(inputs: Sequence[UnitRecord], classes: Iterable[int]) -> list[ClassPictures]:
    """What earlier records say of the pictures of these classes, with and without prior."""
    wanted = set(classes)
    bodies = [unit.body for unit in inputs if isinstance(unit.body, PicturesUnit)]
    return [group for body in bodies for group in body.pictures if group.class_index in wanted]


def chosen_natural(inputs: Sequence[UnitRecord], classes: Iterable[int]) -> dict[int, Picture]:
    """Class → the picture under the natural prior that stands for it."""
    groups = [group for group in pictures_of(inputs, classes) if group.prior == "natural"]
    return {p.class_index: p for group in groups for p in group.pictures if p.chosen}


def number(value: float) -> float | None:
    """A statistic as records hold it: None where it is undefined."""
    return float(value) if math.isfinite(value) else None
