"""A part shown on its image: outlined, and the rest darker."""

import torch
from torch import Tensor
from torch.nn import functional

from audit.parts.evidence_map import Mask, as_tensor

SIDE = 224
"""Smaller images are enlarged to at least this side, so that the line stays thin."""
DIMMED = 0.45
"""Brightness of what is not the part, as a share of its own."""
LINE = (1.0, 0.85, 0.0)
"""RGB of the outline; grey images get its mean."""


def outlined(image: Tensor, mask: Mask) -> Tensor:
    """Image `[c, h, w]` in [0, 1] with the part of the mask `[h, w]`, `[c, h', w']` at a whole multiple of
    its size."""
    channels, height, width = image.shape
    times = max(1, -(-SIDE // min(height, width)))
    large = image.repeat_interleave(times, 1).repeat_interleave(times, 2)
    inside = as_tensor(mask).repeat_interleave(times, 1).repeat_interleave(times, 2)
    thick = max(1, min(large.shape[1:]) // SIDE)
    wide = functional.max_pool2d(inside[None], 2 * thick + 1, 1, thick)[0]
    edge = wide * (1 - inside)
    colour = torch.tensor(LINE if channels == 3 else [sum(LINE) / len(LINE)] * channels)[:, None, None]
    shown = large * (inside + DIMMED * (1 - inside))
    return shown * (1 - edge) + colour * edge
