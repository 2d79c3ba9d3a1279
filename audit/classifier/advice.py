"""What to change where a network does not run: what its exception says, or a size at which it does run."""

import inspect
import re
import time

import torch
from torch import Tensor, nn

from audit.classifier.foreign_code import attempted
from audit.classifier.probe_images import probe_images
from audit.records import Preprocessing

SIDES = (224, 32, 28, 64, 8, 16, 24, 48, 96, 112, 128, 160, 192, 227, 240, 256, 288, 299, 320, 380, 448, 512)
"""Sides of the input that networks are trained at, the commonest first."""
PATIENCE = 30.0
"""Seconds spent on trying."""
FORWARD = "correct its forward: it is given float32 images [n, channels, height, width] and nothing else"
# What networks raise on a size they are not made for: layers (RuntimeError), torch._assert in vision
# transformers (AssertionError), and their own checks (ValueError).
SIZE_ERRORS = (RuntimeError, AssertionError, ValueError)
READ = (
    (r"use_reentrant=True", "call torch.utils.checkpoint.checkpoint with use_reentrant=False"),
    (r"Can't call numpy\(\)", "compute it with torch: no gradient passes through numpy"),
    (
        r"size is not compatible with input tensor's size and stride",
        "write .reshape(...) where its forward has .view(...)",
    ),
    (
        r"(?s)c10::(Half|BFloat16)|(same|but found).*\b(Half|BFloat16|Double)\b|"
        r"\b(Half|BFloat16|Double)\b.*(same|but found)",
        "remove .half(), .double() and the like from its forward: weights and images are float32",
    ),
    (
        r"(?i)\bcuda\b|\bNVIDIA\b|on the same device",
        "remove .cuda() and named devices from its forward: x.device is where it runs",
    ),
    (r"(?i)in-?place", "change no tensor in place in its forward: y = y + x, and not y += x"),
)
"""What an exception's message says → the fix."""


def advise(module: nn.Module, path: Preprocessing, error: BaseException) -> str:
    """The fix for a network that raised `error` on images of this path."""
    if isinstance(error, ImportError):
        return "install what it imports, or put it beside the network's file"
    if isinstance(error, RecursionError):
        return "end the recursion in its forward"
    if isinstance(error, SystemExit):
        return "remove sys.exit and the reading of a command line from its forward"
    if isinstance(error, TypeError) and (needed := _more_than_images(module)):
        return (
            f"its forward needs {', '.join(needed)} too: wrap it in a module whose forward takes images only"
        )
    if fix := read(error):
        return fix
    if not isinstance(error, SIZE_ERRORS) or isinstance(error, torch.OutOfMemoryError):
        return FORWARD
    began = time.monotonic()
    for channels in (c for c in (1, 3, 4) if c != path.channels):
        if runs(module, channels, path.height, path.width):
            return f"state --channels {channels}: it runs on images of {channels} channel(s)"
    for side in SIDES:
        if time.monotonic() - began > PATIENCE:
            break
        if (side, side) != (path.height, path.width) and runs(module, path.channels, side, side):
            return f"state the training size with --input-size: it runs at {side} px (--input-size {side})"
    return FORWARD


def read(error: BaseException) -> str:
    """The fix that the exception's own message asks for; "" where it asks for none that is known."""
    try:
        message = str(error)
    except Exception:  # foreign code may fail at this too
        return ""
    return next((fix for pattern, fix in READ if re.search(pattern, message)), "")


def runs(module: nn.Module, channels: int, height: int, width: int) -> bool:
    """Whether it gives one row for each of the probe pictures with these sizes."""
    images = probe_images(channels, height, width).requires_grad_()
    outputs = attempted(lambda: module(images))
    return isinstance(outputs, Tensor) and outputs.ndim == 2 and len(outputs) == len(images)


def _more_than_images(module: nn.Module) -> list[str]:
    """Names of the arguments, after the first, that its forward cannot do without."""
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return []
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is inspect.Parameter.empty and p.kind not in variable]
