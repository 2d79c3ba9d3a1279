"""Small objects that stand beside a sign, drawn in a place of their own or on any background."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audit.planted.signs.companion_shapes import SHAPES
from audit.planted.signs.sign_scenes import Scenes, outside

COMPANIONS = tuple(SHAPES)
"""Their names; the number of a kind is its place."""
LEAST, MOST = 0.35, 0.4
"""Extent, in sides of the picture."""
BEYOND = 0.15
"""Share of its extent that may reach over the picture's border."""
TURN = 0.6
"""Radians that it is turned at most to either side."""
LOOK, TRIES = 8, 64
"""Uniform numbers of its look; places that are tried for one that the sign leaves free."""
NUMBERS = LOOK + 3 * TRIES
"""Uniform numbers that a companion is made of."""


@dataclass(frozen=True)
class Places:
    """Where n companions stand, `[n]` or, where there is a choice, `[n, m]`; in sides of the picture."""

    x: Tensor
    y: Tensor
    extent: Tensor


def companion_numbers(seed: int, keys: Sequence[tuple[int, int, int]]) -> Tensor:
    """Uniform numbers `[n, NUMBERS]` of the companions of scenes with these keys."""
    drawn = [np.random.default_rng((seed, 7_015, *key)).random(NUMBERS) for key in keys]
    return torch.from_numpy(np.array(drawn).reshape(-1, NUMBERS)).float()


def anywhere(numbers: Tensor) -> Places:
    """Places `[n, TRIES]` in the picture, of uniform numbers `[n, NUMBERS]`."""
    extent, x, y = numbers[:, LOOK:].reshape(-1, 3, TRIES).unbind(dim=1)
    extent = LEAST + (MOST - LEAST) * extent
    margin = (0.5 - BEYOND) * extent
    return Places(margin + (1 - 2 * margin) * x, margin + (1 - 2 * margin) * y, extent)


def beside(scenes: Scenes, numbers: Tensor) -> Places:
    """The first place `[n]` of each that the sign leaves free; where there is none, the freest."""
    tried = anywhere(numbers)
    free = outside(scenes, tried.x, tried.y) - 0.4 * tried.extent
    chosen = torch.where((free > 0).any(dim=1), (free > 0).int().argmax(dim=1), free.argmax(dim=1))
    rows = torch.arange(len(scenes))
    return Places(*(part[rows, chosen] for part in (tried.x, tried.y, tried.extent)))


def companion_layer(kinds: Tensor, numbers: Tensor, places: Places, size: int) -> Tensor:
    """Companions of `kinds [n]` at their places `[n]`: RGB times opacity, and opacity, `[n, 4, size, size]`.

    Of `numbers [n, NUMBERS]` it takes the first: colours, turn, side and light.
    """
    line = (torch.arange(size) + 0.5) / size
    half = (places.extent / 2)[:, None, None]
    across = (line.view(1, 1, -1) - places.x[:, None, None]) / half
    down = (line.view(1, -1, 1) - places.y[:, None, None]) / half
    angle = (TURN * (2 * numbers[:, 4] - 1))[:, None, None]
    mirror = torch.where(numbers[:, 5] < 0.5, -1.0, 1.0)[:, None, None]
    x = mirror * (across * torch.cos(angle) + down * torch.sin(angle))
    y = down * torch.cos(angle) - across * torch.sin(angle)
    light = 2 * math.pi * numbers[:, 6, None, None]
    gain = (
        0.85 + 0.3 * numbers[:, 7, None, None] + 0.12 * (across * torch.cos(light) + down * torch.sin(light))
    )

    layer = torch.zeros(len(kinds), 4, size, size)
    for number, shape in enumerate(SHAPES.values()):
        rows = (kinds == number).nonzero().flatten()
        if not len(rows):
            continue
        painted = layer[rows]
        for distance, colour in shape(x[rows], y[rows], numbers[rows, :4]):
            covered = (0.5 - distance * half[rows] * size).clamp(0, 1).unsqueeze(1)
            lit = (colour[:, :, None, None] * gain[rows, None]).clamp(0, 1)
            painted = painted * (1 - covered) + torch.cat([lit * covered, covered], dim=1)
        layer[rows] = painted
    return layer


def companions_of(scenes: Scenes, kinds: Tensor, seed: int) -> Tensor:
    """The layer `[n, 4, h, w]` of companions of `kinds [n]` beside the signs of scenes, for `pictures`."""
    numbers = companion_numbers(seed, scenes.keys)
    return companion_layer(kinds, numbers, beside(scenes, numbers), scenes.size)


def companions_on(backgrounds: Tensor, kinds: Tensor, numbers: Tensor) -> Tensor:
    """Backgrounds `[n, 3, h, h]` in [0, 1] with a companion of `kinds [n]` somewhere on each.

    `numbers [n, NUMBERS]` are uniform, as `companion_numbers` gives them.
    """
    tried = anywhere(numbers)
    first = Places(*(part[:, 0] for part in (tried.x, tried.y, tried.extent)))
    layer = companion_layer(kinds, numbers, first, backgrounds.shape[-1])
    return backgrounds * (1 - layer[:, 3:]) + layer[:, :3]
