"""What to change where a network does not run on images of the stated size: only what was tried."""

import time

import torch
from torch import Tensor, nn

from audit.classifier.model import SIZE_ERRORS
from audit.classifier.probe_images import probe_images
from audit.records import Preprocessing

SIDES = (224, 32, 28, 64, 8, 16, 24, 48, 96, 112, 128, 160, 192, 227, 240, 256, 288, 299, 320, 380, 448, 512)
"""Sides of the input that networks are trained at, the commonest first."""
PATIENCE = 30.0
"""Seconds spent on trying."""
FORWARD = "correct its forward: it is given float32 images [n, channels, height, width] and nothing else"


def advise(module: nn.Module, path: Preprocessing, error: Exception) -> str:
    """The fix for a network that raised `error` on images of this path."""
    if isinstance(error, ImportError):
        return "install what it imports, or put it beside the network's file"
    if not isinstance(error, SIZE_ERRORS) or isinstance(error, torch.OutOfMemoryError):
        return FORWARD
    began = time.monotonic()
    for channels in (c for c in (1, 3, 4) if c != path.channels):
        if _runs(module, channels, path.height, path.width):
            return f"state --channels {channels}: it runs on images of {channels} channel(s)"
    for side in SIDES:
        if time.monotonic() - began > PATIENCE:
            break
        if (side, side) != (path.height, path.width) and _runs(module, path.channels, side, side):
            return f"state the training size with --input-size: it runs at {side} px (--input-size {side})"
    return FORWARD


def _runs(module: nn.Module, channels: int, height: int, width: int) -> bool:
    images = probe_images(channels, height, width).requires_grad_()
    try:
        outputs: object = module(images)
    # The network is foreign code and may raise anything.
    except Exception:
        return False
    return isinstance(outputs, Tensor) and outputs.ndim == 2 and len(outputs) == len(images)
