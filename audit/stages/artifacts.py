"""What stages leave in a run for later ones: arrays, pictures and their records, and how to read them."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.records import ClassPictures, Picture
from audit.records.unit_records import PicturesUnit, UnitRecord


def pack(arrays: Mapping[str, Any]) -> bytes:
    """A `.npz` file of named arrays of numbers; numpy stamps its entries with a fixed date."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpack(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays of a `.npz` file, all of them where none is named; objects are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in names or file.files}


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
