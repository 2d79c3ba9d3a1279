"""A fixed batch of pictures on which a network is proved and identified."""

import math

import torch
from torch import Tensor


def probe_images(channels: int, height: int, width: int) -> Tensor:
    """Four pictures `[4, c, h, w]` in [0, 1], float32: grey, smooth waves, a chirp, coloured blocks.

    In closed form and rounded to 8 bits, so that every machine and version sees the same bytes.
    """
    v = ((torch.arange(height, dtype=torch.float64) + 0.5) / height).view(1, -1, 1)
    u = ((torch.arange(width, dtype=torch.float64) + 0.5) / width).view(1, 1, -1)
    c = torch.arange(channels, dtype=torch.float64).view(-1, 1, 1)
    flat = torch.zeros(channels, height, width, dtype=torch.float64)
    waves = 0.5 + 0.45 * torch.sin(2 * math.pi * ((1 + c) * u + (2.5 - c) * v) + c)
    chirp = 0.5 + 0.45 * torch.cos(0.7 * c + math.pi * (min(height, width) / 6) * (u**2 + v**2))
    blocks = ((torch.floor(u * (3 + c)) + torch.floor(v * 4)) % 2) * 0.8 + 0.1
    batch = torch.stack([flat + 0.5, flat + waves, flat + chirp, flat + blocks])
    return ((batch * 255).round() / 255).float()
