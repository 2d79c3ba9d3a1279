"""The gradient of a large picture, tile by tile: bounded memory, and networks that take one size only.

Tiles overlap, and what a tile says of its own border counts nothing: a network sees zeros beyond it. With the
picture rolled by another amount at each step (`audit.dreaming.ascent`), no border stays anywhere.
"""

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Score = Callable[[Tensor], Tensor]
"""Tiles `[n, c, h, w]` in [0, 1] → a number each `[n]`, differentiable in the tiles."""

BATCH = 512 * 512
"""Pixels that go through the network at once."""


class Tiling:
    """Equal tiles that cover a picture; its own border is the border of the outer ones."""

    def __init__(self, picture: tuple[int, int], tile: tuple[int, int], overlap: int) -> None:
        """Heights and widths in px; neighbours share at least `overlap` px (fewer than half a tile).

        A tile is no larger than the picture.
        """
        self.tile = (min(tile[0], picture[0]), min(tile[1], picture[1]))
        ys, xs = (_starts(whole, part, overlap) for whole, part in zip(picture, self.tile, strict=True))
        self.places = list(itertools.product(ys, xs))
        self._weights = [
            torch.outer(
                _ramp(y, self.tile[0], picture[0], overlap), _ramp(x, self.tile[1], picture[1], overlap)
            )
            for y, x in self.places
        ]
        total = torch.zeros(picture)
        for (y, x), weight in zip(self.places, self._weights, strict=True):
            total[y : y + self.tile[0], x : x + self.tile[1]] += weight
        self._total = total

    def gradient(self, picture: Tensor, score: Score) -> tuple[Tensor, float]:
        """Gradient `[1, c, h, w]` of the tiles' scores, and their mean.

        Where tiles overlap, the mean weighted by the distance from a tile's border.
        """
        (h, w), device = self.tile, picture.device
        gradient, scores = torch.zeros_like(picture), 0.0
        size = max(1, BATCH // (h * w))
        for start in range(0, len(self.places), size):
            places = self.places[start : start + size]
            tiles = torch.cat([picture[..., y : y + h, x : x + w] for y, x in places]).requires_grad_(True)
            values = score(tiles)
            (each,) = torch.autograd.grad(values.sum(), tiles)
            scores += float(values.detach().sum())
            weights = self._weights[start : start + size]
            for (y, x), weight, one in zip(places, weights, each, strict=True):
                gradient[0, :, y : y + h, x : x + w] += weight.to(device) * one
        return gradient / self._total.to(device), scores / len(self.places)


def _starts(whole: int, part: int, overlap: int) -> list[int]:
    """First pixels of the tiles along one side: as few as overlap enough, evenly spread."""
    count = 1 if whole <= part else math.ceil((whole - overlap) / (part - overlap))
    return [round(i * (whole - part) / max(1, count - 1)) for i in range(count)]


def _ramp(start: int, part: int, whole: int, overlap: int) -> Tensor:
    """Weights along one side of a tile: 0 toward a border inside the picture for a quarter of the overlap,
    then rising to 1."""
    zero, rise = overlap // 4, max(1, overlap // 2)
    steps = torch.arange(part, dtype=torch.float32)
    weight = torch.ones(part)
    if start > 0:
        weight = torch.minimum(weight, ((steps - zero + 0.5) / rise).clamp(0, 1))
    if start + part < whole:
        weight = torch.minimum(weight, ((part - 0.5 - zero - steps) / rise).clamp(0, 1))
    return weight


# Gradients with every scale at the same strength (Mordvintsev 2015, "DeepDreaming with TensorFlow",
# Laplacian pyramid gradient normalization): without it the finest scale outshouts the others, and a dream is
# speckle.

LEAST = 1e-20
"""Of a level's mean square: a level in which there is nothing stays nothing."""


def normalised(gradient: Tensor, levels: int) -> Tensor:
    """`[1, c, h, w]` split into `levels` octaves, each divided by its root mean square, and summed.

    What is coarser is left out: the light over a scene stays that of the photograph. Divided by its own root
    mean square in the end. `levels` 0: only that. Zeros stay zeros.
    """
    if levels == 0:
        return _unit(gradient)
    bands: list[Tensor] = []
    for _ in range(levels):
        height, width = gradient.shape[-2:]
        if min(height, width) < 4:
            break
        half = ((height + 1) // 2, (width + 1) // 2)
        coarse = F.interpolate(gradient, size=half, mode="bilinear", antialias=True, align_corners=False)
        bands.append(gradient - _enlarged(coarse, (height, width)))
        gradient = coarse
    total = torch.zeros_like(gradient)
    for band in reversed(bands):
        total = _enlarged(total, (band.shape[2], band.shape[3])) + _unit(band)
    return _unit(total)


def _enlarged(picture: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(picture, size=size, mode="bilinear", align_corners=False)


def _unit(picture: Tensor) -> Tensor:
    square = picture.square().mean()
    return torch.where(square > LEAST, picture / square.clamp(min=LEAST).sqrt(), 0.0)
