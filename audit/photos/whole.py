"""A whole photograph at its own proportions, uncropped: for what is shown and not measured."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from audit.errors import ImageError
from audit.photos.reading import open_upright
from audit.statistics.opening import UnusableError

ASPECT = 8.0
"""Longest photograph: so many times as long as wide, so that a strip is not enlarged without bound."""


def whole(path: Path, channels: int, longest: int, shortest: int) -> Tensor:
    """A photograph, upright, as float32 `[1, channels, h, w]` in [0, 1], on the 8-bit grid.

    The longer side gets `longest` px, more where the shorter one would have under `shortest` px. Other than
    three channels all hold its luma.

    Raises:
        ImageError: the file cannot be used; says why.
    """
    try:
        picture = open_upright(path)
    except UnusableError as error:
        raise ImageError(
            f"cannot use this photograph ({error.reason})", where=str(path), fix="give a JPEG or PNG"
        ) from error
    width, height = picture.size
    if max(picture.size) > ASPECT * min(picture.size):
        raise ImageError(
            f"expected sides of at most {ASPECT:g} to 1, got {width} x {height} px",
            where=str(path),
            fix="crop it",
        )
    scale = max(longest / max(picture.size), shortest / min(picture.size))
    if channels != 3:
        picture = picture.convert("L")
    if scale != 1:
        sides = (max(shortest, round(width * scale)), max(shortest, round(height * scale)))
        picture = picture.resize(sides, Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture)).float() / 255
    if pixels.ndim == 3:
        return pixels.permute(2, 0, 1)[None].contiguous()
    return pixels.expand(1, channels, -1, -1).contiguous()
