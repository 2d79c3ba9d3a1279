"""Changes that lay a picture over photographs: (1 - alpha) photograph + alpha pattern."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""

Carried = Literal["pattern", "mask"]
Kind = Literal["shuffled", "scrambled", "pixels", "flat", "grey"]
"""Kinds of controls: see `audit.probes.controls`."""


class Layer(NamedTuple):
    """What is laid over a photograph: colours `[3, h, w]` and opacity `[1, h, w]`, both in [0, 1]."""

    pattern: Tensor
    alpha: Tensor


@dataclass(frozen=True, kw_only=True)
class Overlay(ABC):
    """One layer for all photographs, or one of `variants` for each, chosen by the photograph's number.

    `carried` says where its structure lies: in the colours under a plain mask, or in a mask of one colour,
    such as strokes. The controls of the given `kinds` destroy that.
    """

    id: str
    family: str
    control_of: str | None = None
    carried: Carried = "pattern"
    kinds: tuple[Kind, ...] = ("shuffled", "scrambled", "flat")
    variants: int = 1

    @abstractmethod
    def draw(self, height: int, width: int, variant: int) -> Layer:
        """The layer for pictures of `height` x `width`; lengths are relative to the picture's side."""

    def layer(self, height: int, width: int, variant: int = 0) -> Layer:
        """What `draw` gives; kept while one change is made to batch after batch."""
        return _drawn(self, height, width, variant)

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` → the same with the layer over it. One channel gets the layer's luminance."""
        height, width = images.shape[2:]
        chosen = [self.variant(row) for row in rows] if self.variants > 1 else [0]
        layers = [self.layer(height, width, variant) for variant in chosen]
        pattern = for_channels(torch.stack([layer.pattern for layer in layers]), images.shape[1]).to(images)
        alpha = torch.stack([layer.alpha for layer in layers]).to(images)
        return (images * (1 - alpha) + pattern * alpha).clamp(0, 1)

    def variant(self, row: int) -> int:
        """Which of the variants photograph `row` gets."""
        return int(np.random.default_rng((row, self.variants)).integers(self.variants))


@lru_cache(maxsize=48)
def _drawn(overlay: Overlay, height: int, width: int, variant: int) -> Layer:
    pattern, alpha = overlay.draw(height, width, variant)
    return Layer(pattern.float().expand(3, height, width), alpha.float().expand(1, height, width))


def for_channels(colours: Tensor, channels: int) -> Tensor:
    """`[..., 3, h, w]` for images of that many channels: as it is for three, else its luminance."""
    if channels == 3:
        return colours
    weights = torch.tensor(LUMINANCE).to(colours)[:, None, None]
    return (colours * weights).sum(-3, keepdim=True).expand(*colours.shape[:-3], channels, -1, -1)


def colour(red: float, green: float, blue: float) -> Tensor:
    """`[3, 1, 1]`."""
    return torch.tensor([red, green, blue]).view(3, 1, 1)


def side(height: int, width: int) -> int:
    """The length in pixels that relative lengths refer to: the shorter side."""
    return min(height, width)
