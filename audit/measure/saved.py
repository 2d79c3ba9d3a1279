"""Arrays and pictures of a run, as bytes that are the same for the same content, and back."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor


def pack(arrays: Mapping[str, Any]) -> bytes:
    """A `.npz` file of named arrays of numbers; numpy stamps its entries with a fixed date."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a `.npz` file; objects are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def read_picture(path: Path, channels: int) -> Tensor:
    """A picture as `audit.measure.measured.png` wrote it: float32 `[c, h, w]` in [0, 1]."""
    with Image.open(path, formats=["PNG"]) as image:
        pixels = np.array(image)
    if pixels.ndim == 2:
        # Channels other than red, green, blue lie side by side in one grey file.
        parts = np.split(pixels, channels, axis=1) if channels != 3 else [pixels]
        pixels = np.stack(parts, axis=-1)
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
