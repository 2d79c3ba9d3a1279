"""Scenes of signs: every number keyed by (seed, split, index), and their pictures layer by layer.

Colour, fill, ground, place, light and noise come from numbers that the class has no part in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from audit.planted.signs.sign_surfaces import FILLS, GROUNDS, Fields, filled
from audit.planted.signs.symbols import SYMBOLS, distances

TRAIN, TEST, PHOTOGRAPHS = 0, 1, 2
"""Splits; no scene is in two. Photographs are what a user of the tool would give."""
SIZE = 32
UNIFORM = 64
"""Uniform random numbers that each scene is made of."""
OCTAVES = (4, 8, 16)
CHUNK = 256
"""Scenes rendered at once: this bounds memory."""


PER_SCENE = ("labels", "symbols", "grounds", "fills", "opacity", "contrast")


@dataclass(frozen=True)
class Scenes:
    """n scenes before they are drawn. Change `grounds` or `fills` for a counterfactual of the same scene."""

    labels: Tensor
    """[n] places in the network's classes."""
    symbols: Tensor
    """[n] numbers of symbols."""
    grounds: Tensor
    """[n] kinds of ground."""
    fills: Tensor
    """[n] kinds of fill."""
    opacity: Tensor
    """[n] 1, or less where haze hides the sign."""
    contrast: Tensor
    """[n] 1, or more where the fill is bolder."""
    keys: tuple[tuple[int, int, int], ...]
    """(seed, split, index) of each."""
    size: int = SIZE

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Tensor | slice) -> "Scenes":
        chosen = torch.arange(len(self))[rows]
        picked = {name: getattr(self, name)[chosen] for name in PER_SCENE}
        return replace(self, keys=tuple(self.keys[row] for row in chosen.tolist()), **picked)


@dataclass(frozen=True)
class Layers:
    """What a picture is made of, float `[n, c, h, w]` in [0, 1]."""

    picture: Tensor
    ground: Tensor
    sign: Tensor
    """The sign as if it filled the picture, with its mark and rim."""
    mask: Tensor
    """[n, 1, h, w]: where the sign covers the ground."""


def symbols_of(seed: int, k: int) -> tuple[int, ...]:
    """The k symbols that a network of this base seed tells apart."""
    chosen = np.random.default_rng((seed, 7_001)).permutation(len(SYMBOLS))[:k]
    return tuple(int(symbol) for symbol in chosen)


def _random(key: tuple[int, int, int], size: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    generator = np.random.default_rng(key)
    many = 2 * sum(side * side for side in OCTAVES) + 3 * size * size
    return generator.random(UNIFORM), generator.standard_normal(many, np.float32)


def scenes(symbols: Sequence[int], seed: int, split: int, indices: Sequence[int], size: int = SIZE) -> Scenes:
    """The scenes of these indices; classes are the symbols given, each as likely as any other."""
    keys = tuple((seed, split, int(index)) for index in indices)
    numbers = np.array([np.random.default_rng(key).random(3) for key in keys]).reshape(-1, 3)
    scale = np.array([len(symbols), len(GROUNDS), len(FILLS)])
    labels, grounds, fills = torch.from_numpy((numbers * scale).astype(np.int64).T)
    clear = torch.ones(len(keys))
    return Scenes(labels, torch.tensor(list(symbols))[labels], grounds, fills, clear, clear, keys, size)


def _fields(noise: Tensor, size: int) -> tuple[Fields, Fields, Tensor]:
    """Fields of ground and sign, and the camera's noise `[n, 1, h, w]`, from normal numbers `[n, many]`."""
    n, begin = len(noise), 0
    layers: list[Tensor] = []
    for side in OCTAVES:
        part = noise[:, begin : begin + 2 * side * side].reshape(n, 2, side, side)
        begin += 2 * side * side
        layers.append(1.4 * functional.interpolate(part, (size, size), mode="bilinear", align_corners=False))
    grain = noise[:, begin:].reshape(n, 3, size, size)
    ground, sign = (
        Fields(*(layer[:, which] for layer in (*layers, grain)))  # pyright: ignore[reportCallIssue]
        for which in (0, 1)
    )
    return ground, sign, grain[:, 2:]


def _colours(u: Tensor, noise: float, base: Tensor) -> Tensor:
    """Three colours `[n, 3, 3, 1, 1]` about `base [n, 3, 3]`: a common shift and one of each."""
    common, own = u[:, :3].unsqueeze(1), u[:, 3:12].reshape(-1, 3, 3)
    return (base + noise * (common - 0.5) * 2 + noise * (own - 0.5)).clamp(0, 1)[..., None, None]


def _in_frame(u: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Points `[n, h, w]` of the picture in the frames of the signs, and the radii `[n, 1, 1]` of these."""
    radius = 0.3 + 0.13 * u[:, 34]
    room = (0.5 - radius)[:, None, None]
    angle = ((u[:, 35] - 0.5) * 0.5)[:, None, None]
    aspect = torch.exp((u[:, 36] - 0.5) * 0.3)[:, None, None]
    right = x - 0.5 - room * (u[:, 37, None, None] * 2 - 1)
    down = y - 0.5 - room * (u[:, 38, None, None] * 2 - 1)
    scale = radius[:, None, None]
    turned_x = (right * torch.cos(angle) + down * torch.sin(angle)) / scale * aspect
    turned_y = (down * torch.cos(angle) - right * torch.sin(angle)) / scale / aspect
    return turned_x, turned_y, scale


def outside(chosen: Scenes, x: Tensor, y: Tensor) -> Tensor:
    """How far points `[n, m]` in [0, 1] lie outside the circle of their scene's sign `[n, m]`, in sides of
    the picture; negative inside. Its outline is no part of it, so that this tells nothing of the class.
    """
    drawn = [np.random.default_rng(key).random(UNIFORM) for key in chosen.keys]
    u = torch.from_numpy(np.array(drawn).reshape(-1, UNIFORM)).float()
    across, down, scale = _in_frame(u, x[:, None], y[:, None])
    return ((torch.hypot(across, down) - 1) * scale)[:, 0]


def _layers(chosen: Scenes, front: Tensor | None = None) -> Layers:
    drawn = [_random(key, chosen.size) for key in chosen.keys]
    u = torch.from_numpy(np.stack([uniform for uniform, _ in drawn])).float()
    on_ground, on_sign, camera = _fields(
        torch.from_numpy(np.stack([noise for _, noise in drawn])), chosen.size
    )
    n, side = len(chosen), chosen.size
    line = (torch.arange(side) + 0.5) / side
    y, x = (part.expand(n, side, side) for part in torch.meshgrid(line, line, indexing="ij"))
    palettes = torch.tensor([palette for _, palette in GROUNDS.values()])
    ground = filled(
        [kind for kind, _ in GROUNDS.values()], chosen.grounds, x, y, on_ground,
        _colours(u[:, 3:15], 0.13, palettes[chosen.grounds]), u[:, 15:19, None, None],
    )  # fmt: skip

    first = u[:, 20:23]
    bright = first @ torch.tensor([0.3, 0.59, 0.11])
    toward = torch.where(bright > 0.5, -1.0, 1.0)[:, None]
    second = (
        first + toward * (0.2 + 0.2 * u[:, 23:24]) * chosen.contrast[:, None] + 0.15 * (u[:, 24:27] - 0.5)
    )
    # The mark stands against the sign: nearly black on a bright one, nearly white on a dark one.
    ink = (0.5 + toward * 0.5) * 0.8 + 0.2 * u[:, 27:30]
    colours = torch.stack([first, second.clamp(0, 1), first], dim=1)[..., None, None]
    fill = filled(list(FILLS.values()), chosen.fills, x, y, on_sign, colours, u[:, 30:34, None, None])

    turned_x, turned_y, scale = _in_frame(u, x, y)
    outline, mark = distances(chosen.symbols, turned_x, turned_y)
    pixels = scale * side
    mask = (0.5 - outline * pixels).clamp(0, 1).unsqueeze(1) * chosen.opacity.view(n, 1, 1, 1)
    inked = torch.maximum((0.5 - mark * pixels).clamp(0, 1), (0.5 + (outline + 0.13) * pixels).clamp(0, 1))
    sign = fill + (ink[..., None, None] - fill) * inked.unsqueeze(1)

    toward_light = 2 * math.pi * u[:, 39, None, None]
    slope = (
        0.35
        * u[:, 40, None, None]
        * ((x - 0.5) * torch.cos(toward_light) + (y - 0.5) * torch.sin(toward_light))
    )
    light = ((0.75 + 0.35 * u[:, 41, None, None]) * (1 + slope)).unsqueeze(1)
    noise = (0.005 + 0.035 * u[:, 42])[:, None, None, None] * camera
    surface = ground + (sign - ground) * mask
    if front is not None:
        surface = surface * (1 - front[:, 3:]) + front[:, :3]
    picture = (surface * light + noise).clamp(0, 1)
    return Layers(picture, ground, sign, mask)


def layers(chosen: Scenes) -> Layers:
    """The pictures of scenes and what they are made of."""
    parts = [_layers(chosen[slice(start, start + CHUNK)]) for start in range(0, len(chosen), CHUNK)]
    return Layers(*(torch.cat([getattr(p, name) for p in parts]) for name in Layers.__annotations__))


def pictures(chosen: Scenes, front: Tensor | None = None) -> Tensor:
    """The pictures of scenes as a file would hold them: uint8 `[n, 3, h, w]`.

    `front` is what stands before all else in the same light: RGB times opacity, and opacity, `[n, 4, h, w]`.
    """
    parts = [slice(start, start + CHUNK) for start in range(0, len(chosen), CHUNK)]
    drawn = [rounded(_layers(chosen[part], None if front is None else front[part]).picture) for part in parts]
    return torch.cat(drawn) if drawn else torch.empty(0, 3, chosen.size, chosen.size, dtype=torch.uint8)


def rounded(images: Tensor) -> Tensor:
    """Images in [0, 1] to uint8."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)
