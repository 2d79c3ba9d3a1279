"""From a photograph's file to the pixels that are measured.

Decode → upright by EXIF orientation → RGB → shorter side resized (bilinear, antialiased) → centre crop →
8 bits: the path on which classifiers see photographs.
"""

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""File name endings taken for pictures."""
DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
"""Modes of Pillow whose conversion to 8 bits would clip."""


class TooSmallError(Exception):
    """The photograph would have to be enlarged, which changes its statistics."""


class UnreadableError(Exception):
    """The file is no picture of 8 bits per channel that can be decoded."""


@dataclass(frozen=True)
class Photograph:
    """One photograph on the grid of the classifier."""

    pixels: Tensor
    """uint8 [3, h, w]."""
    sha256: str
    """Of the file's bytes."""
    stored: bool
    """Stored at the target size: neither resized nor cropped."""


def find(folder: Path) -> list[Path]:
    """All pictures under `folder`, by file name ending, hidden ones left out, in a fixed order."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    visible = (path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))
    return sorted(visible, key=lambda path: path.relative_to(folder).as_posix())


def decode(path: Path, height: int, width: int, resize: int | None) -> Photograph:
    """Read one photograph.

    `resize` is the shorter side before the centre crop; None: the picture is only cropped. One that is
    stored at exactly `height` x `width` is taken as it is.

    Raises:
        TooSmallError: the photograph's shorter side is under `resize`, or the crop does not fit.
        UnreadableError: it cannot be decoded.
    """
    try:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata and big pictures: measured all the same
            with Image.open(path) as file:
                if file.mode in DEEP:
                    raise UnreadableError(f"mode {file.mode}")
                picture = ImageOps.exif_transpose(file).convert("RGB")
    except UnreadableError:
        raise
    except Exception as error:  # a damaged file makes decoders raise nearly anything
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
    stored = picture.size == (width, height)
    if resize is not None and not stored:
        shorter = min(picture.size)
        if shorter < resize:
            raise TooSmallError
        if shorter > resize:
            size = [max(resize, int(resize * side / shorter)) for side in picture.size]
            picture = picture.resize((size[0], size[1]), Image.Resampling.BILINEAR)
    if picture.width < width or picture.height < height:
        raise TooSmallError
    left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
    crop = np.array(picture.crop((left, top, left + width, top + height)))
    return Photograph(torch.from_numpy(crop).permute(2, 0, 1), hashlib.sha256(data).hexdigest(), stored)
