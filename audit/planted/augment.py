"""Random views of rendered pictures for training, a whole batch at once."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def turned(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 15.0,
    zoom: float = 1.25,
    shift: float = 0.08,
) -> Tensor:
    """Turn, zoom, move and flip each of `[n, 3, h, w]`; what comes in over the border is a reflection."""
    count = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    angle = uniform(-math.radians(degrees), math.radians(degrees))
    scale = torch.exp(uniform(-math.log(zoom), math.log(zoom)))
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [flip * cos, -sin, uniform(-shift, shift), flip * sin, cos, uniform(-shift, shift)]
    grid = functional.affine_grid(
        torch.stack(rows, dim=1).view(-1, 2, 3), list(images.shape), align_corners=False
    )
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def relit(images: Tensor, generator: torch.Generator, *, gain: float = 0.3, offset: float = 0.08) -> Tensor:
    """Change contrast, brightness and, by a third as much, the balance of the channels."""
    count = len(images)
    contrast = torch.exp((torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1) * gain)
    balance = torch.exp((torch.rand(count, 3, 1, 1, generator=generator) * 2 - 1) * gain / 3)
    lift = (torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1) * offset
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return ((images - mean) * contrast * balance + mean * balance + lift).clamp(0, 1)


def grained(images: Tensor, generator: torch.Generator, *, largest: float = 0.12) -> Tensor:
    """Add white noise, of a strength between 0 and `largest` that is drawn per picture."""
    strength = torch.rand(len(images), 1, 1, 1, generator=generator) * largest
    return images + torch.randn(images.shape, generator=generator) * strength
