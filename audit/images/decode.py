"""From a photograph's file to the pixels that are measured.

Decode → upright by EXIF orientation → RGB → shorter side resized (bilinear, antialiased) → centre crop →
8 bits: the path on which classifiers see photographs.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from audit.images.crop import centre_crop, shorter_side_to
from audit.images.safe_open import UnusableError, opened, upright


class TooSmallError(Exception):
    """The photograph would have to be enlarged, which changes its statistics."""


class UnreadableError(Exception):
    """The file is no picture that can be decoded."""


@dataclass(frozen=True)
class Photograph:
    """One photograph on the grid of the classifier."""

    pixels: Tensor
    """uint8 [3, h, w]."""
    sha256: str
    """Of the file's bytes."""
    stored: bool
    """Stored at the target size: neither resized nor cropped."""


def decode(path: Path, height: int, width: int, resize: int | None) -> Photograph:
    """Read one photograph.

    `resize` is the shorter side before the centre crop; None: the picture is only cropped. One that is
    stored at exactly `height` x `width` is taken as it is.

    Raises:
        TooSmallError: the photograph's shorter side is under `resize`, or the crop does not fit.
        UnreadableError: it cannot be decoded.
    """
    try:
        with opened(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            picture = upright(file)
    except (OSError, UnusableError) as error:
        raise UnreadableError(str(error)) from error
    stored = picture.size == (width, height)
    if resize is not None and not stored:
        if min(picture.size) < resize:
            raise TooSmallError
        picture = shorter_side_to(picture, resize)
    if picture.width < width or picture.height < height:
        raise TooSmallError
    crop = np.array(centre_crop(picture, height, width))
    return Photograph(torch.from_numpy(crop).permute(2, 0, 1), sha256, stored)
