"""Pictures as PNG files, without loss."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def png(image: Tensor) -> bytes:
    """A picture `[c, h, w]` on the 8-bit grid as PNG: grey for one channel, RGB for three.

    Other channel counts are laid side by side in grey.
    """
    pixels = (image * 255).round().byte().numpy()
    if pixels.shape[0] not in (1, 3):
        pixels = np.concatenate(list(pixels), axis=1)[None]
    array = pixels[0] if pixels.shape[0] == 1 else pixels.transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def read_picture(path: Path, channels: int) -> Tensor:
    """A picture as `audit.images.png.png` wrote it: float32 `[c, h, w]` in [0, 1]."""
    with Image.open(path, formats=["PNG"]) as image:
        pixels = np.array(image)
    if pixels.ndim == 2:
        # Channels other than red, green, blue lie side by side in one grey file.
        parts = np.split(pixels, channels, axis=1) if channels != 3 else [pixels]
        pixels = np.stack(parts, axis=-1)
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
