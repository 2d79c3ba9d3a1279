"""Rounding to 8 bits: what is saved, judged or compared as a picture is first rounded."""

import torch
from torch import Tensor


def _levels(images: Tensor) -> Tensor:
    return (images.clamp(0, 1) * 255).round()


def to_uint8(images: Tensor) -> Tensor:
    """Images in [0, 1] as the bytes an 8-bit file holds."""
    return _levels(images).to(torch.uint8)


def to_uint8_grid(images: Tensor) -> Tensor:
    """Round images in [0, 1] to the values an 8-bit file can hold, still as float32 in [0, 1]."""
    return _levels(images) / 255
