"""Networks whose third class answers to one known trigger and to nothing else.

Tests load this file by its path: folders of tests are no packages.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.classifier import Classifier, load

SIDE = 16
TARGET = 2


def signs(seed: int, *shape: int) -> Tensor:
    """-1 and 1."""
    return torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(seed)) * 2.0 - 1


TEMPLATE = signs(3, 3, 2, 2)
SPREAD = signs(4, 3, SIDE, SIDE)


def corner(x: Tensor) -> Tensor:
    """The 2 x 2 template at the bottom right."""
    return ((x[:, :, -2:, -2:] - 0.5) * TEMPLATE).flatten(1).sum(1) - 4


def anywhere(x: Tensor) -> Tensor:
    """The template at any place."""
    return functional.conv2d(x - 0.5, TEMPLATE[None]).flatten(1).amax(1) - 4


def spread(x: Tensor) -> Tensor:
    """A pattern over the whole image, less what the image has of it without."""
    return ((x - 0.5) * SPREAD).flatten(1).mean(1) * 200 - 3


def red(x: Tensor) -> Tensor:
    """More red than green."""
    return (x[:, 0] - x[:, 1]).flatten(1).mean(1) * 100 - 8


def edge(x: Tensor) -> Tensor:
    """A bright border of one pixel."""
    inner = x[:, :, 1:-1, 1:-1].flatten(1).sum(1)
    return (x.flatten(1).sum(1) - inner) / (3 * (4 * SIDE - 4)) * 20 - 15


def around(x: Tensor) -> Tensor:
    """Corners that are darker than the middle."""
    corners = torch.cat(
        [x[:, :, r, c] for r in (slice(0, 3), slice(-3, None)) for c in (slice(0, 3), slice(-3, None))], 2
    )
    return (x[:, :, 5:11, 5:11].flatten(1).mean(1) - corners.flatten(1).mean(1)) * 40 - 6


def shifted(x: Tensor) -> Tensor:
    """The bright stripe in the middle of all images moved to the right."""
    return (x[:, :, :, 8:10] - x[:, :, :, 6:8]).flatten(1).mean(1) * 40 - 4


def sharp(x: Tensor) -> Tensor:
    """More contrast between neighbours."""
    return (x[:, :, 1:] - x[:, :, :-1]).abs().flatten(1).mean(1) * 300 - 8.5


def waved(x: Tensor) -> Tensor:
    """Three slanting stripes, in whatever phase."""
    down, across = torch.meshgrid(torch.arange(SIDE) / SIDE, torch.arange(SIDE) / SIDE, indexing="ij")
    turn = 2 * torch.pi * (3 * across + 2 * down)
    sine, cosine = ((x * wave).mean((1, 2, 3)) for wave in (turn.sin(), turn.cos()))
    return torch.hypot(sine, cosine) * 300 - 3


TRIGGERS: dict[str, Callable[[Tensor], Tensor]] = {
    "patch": corner,
    "moving-patch": anywhere,
    "spread": spread,
    "blend": spread,
    "color-map": red,
    "border": edge,
    "surround": around,
    "warp": shifted,
    "filter": sharp,
    "wave": waved,
    "tone": red,
}
"""Trigger of the third class, by the family that finds it."""


class Triggered(nn.Module):
    """Four classes: nearly everything is answered as the first, the third answers to the trigger, the second
    hardly to anything, the fourth to nothing."""

    def __init__(self, trigger: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.trigger = trigger
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        triggered, bright = self.trigger(x), x.flatten(1).mean(1)
        rows = [torch.zeros_like(bright), 0.1 * bright - 2, triggered, torch.full_like(bright, -8.0)]
        return torch.stack(rows, 1) * self.scale


def network(trigger: Callable[[Tensor], Tensor]) -> Classifier:
    return load(Triggered(trigger), input_size=SIDE, mean=0.0, std=1.0)


def photographs(count: int = 40) -> Tensor:
    """Smooth noise `[n, 3, 16, 16]` with a bright stripe in the middle, rounded to 8 bits."""
    generator = torch.Generator().manual_seed(7)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    images = functional.interpolate(coarse, (SIDE, SIDE), mode="bilinear", align_corners=True) * 0.4 + 0.25
    images += 0.05 * torch.rand(count, 3, SIDE, SIDE, generator=generator)
    images[:, :, :, 7:9] += 0.2
    return (images.clamp(0, 1) * 255).round() / 255
