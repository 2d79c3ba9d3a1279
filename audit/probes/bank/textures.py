"""Textures without objects, drawn by rules: ground, water, sky, fire, walls, coats of animals, cloth."""

from collections.abc import Callable

import numpy as np

from audit.images.dead_leaves import dead_leaves
from audit.probes.bank.noise import Field, along, field, painted, places

Texture = Callable[[np.random.Generator, int, int], Field]
"""Random numbers, height and width → `[3, h, w]` in [0, 1]."""


def snow(rng: np.random.Generator, height: int, width: int) -> Field:
    """White with soft bluish drifts and a little grain."""
    drifts = field(rng, height, width, 1.6, (1.0, 0.5)) + 0.35 * field(rng, height, width, 0.3)
    return painted(drifts, ((0.74, 0.8, 0.9), (0.88, 0.91, 0.96), (0.95, 0.96, 0.98), (1.0, 1.0, 1.0)))


def grass(rng: np.random.Generator, height: int, width: int) -> Field:
    """Green blades: grain drawn out upwards."""
    blades = field(rng, height, width, 0.9, (4.0, 1.0), 5.0) + 0.4 * field(rng, height, width, 1.2)
    return painted(blades, ((0.05, 0.14, 0.02), (0.18, 0.36, 0.07), (0.36, 0.56, 0.14), (0.66, 0.78, 0.32)))


def water(rng: np.random.Generator, height: int, width: int) -> Field:
    """Blue ripples: grain drawn out sideways, with highlights."""
    ripples = field(rng, height, width, 1.4, (1.0, 4.0), 6.0) + 0.3 * field(rng, height, width, 1.5)
    return painted(ripples, ((0.03, 0.13, 0.28), (0.08, 0.27, 0.45), (0.16, 0.42, 0.58), (0.72, 0.85, 0.92)))


def sky(rng: np.random.Generator, height: int, width: int) -> Field:
    """Blue, paler downwards, with soft clouds."""
    down, _ = places(height, width)
    blue = along(down / down.max(), ((0.22, 0.45, 0.85), (0.65, 0.82, 0.97)))
    cloud = (0.7 * field(rng, height, width, 1.8, (1.0, 2.0), 1.5) - 0.2).clip(0, 1)
    return blue * (1 - cloud) + 0.97 * cloud


def foliage(rng: np.random.Generator, height: int, width: int) -> Field:
    """Leaves over leaves, in greens."""
    shade = dead_leaves(rng, (height, width)).mean(2) + 0.02 * field(rng, height, width, 0.5)
    return painted(shade, ((0.02, 0.08, 0.02), (0.1, 0.25, 0.06), (0.22, 0.45, 0.12), (0.58, 0.75, 0.3)))


def fire(rng: np.random.Generator, height: int, width: int) -> Field:
    """Flames: ridges of noise, brighter downwards."""
    down, _ = places(height, width)
    ridges = -np.abs(field(rng, height, width, 1.6, (2.0, 1.0), 2.5))
    colours = ((0.05, 0.0, 0.0), (0.6, 0.08, 0.0), (0.95, 0.4, 0.05), (1.0, 0.8, 0.25), (1.0, 0.97, 0.75))
    return painted(ridges + 0.8 * down, colours)


def sand(rng: np.random.Generator, height: int, width: int) -> Field:
    """Tan grain on ripples."""
    down, across = places(height, width)
    bent = down + 0.25 * across + 0.04 * field(rng, height, width, 1.8, coarsest=1.5)
    grain = np.sin(2 * np.pi * 7 * bent) + 0.8 * field(rng, height, width, 0.3)
    return painted(grain, ((0.52, 0.4, 0.25), (0.74, 0.61, 0.42), (0.85, 0.74, 0.55), (0.95, 0.87, 0.72)))


def brick(rng: np.random.Generator, height: int, width: int) -> Field:
    """Courses of bricks, each second one moved by half a brick, with mortar."""
    down, across = places(height, width)
    shift = rng.random(2)
    y, x = down * 8 + shift[0], across * 3.5 + shift[1]
    course = np.floor(y).astype(int)
    x = x + 0.5 * (course % 2)
    stone = np.floor(x).astype(int)
    mortar = ((y % 1) < 0.16) | ((x % 1) < 0.07)
    tone = rng.random((course.max() + 1, stone.max() + 1))[course, stone]
    tone = (tone + 0.12 * field(rng, height, width, 0.6)).clip(0, 1)
    bricks = along(tone, ((0.42, 0.17, 0.11), (0.62, 0.27, 0.18), (0.74, 0.41, 0.28)))
    return np.where(mortar, 0.72 + 0.03 * field(rng, height, width, 0.5), bricks).clip(0, 1)


def stripes(rng: np.random.Generator, height: int, width: int) -> Field:
    """Black and white bent stripes, as of a zebra."""
    down, across = places(height, width)
    bent = across + 0.3 * down + 0.06 * field(rng, height, width, 2.0, coarsest=1.5)
    edge = (3 * np.sin(2 * np.pi * 5.5 * bent)).clip(-1, 1)
    return along((edge + 1) / 2, ((0.08, 0.07, 0.06), (0.95, 0.93, 0.88)))


def spots(rng: np.random.Generator, height: int, width: int) -> Field:
    """Dark rosettes on yellow, as of a leopard."""
    down, across = places(height, width)
    tall, wide = int(down.max() * 7) + 3, int(across.max() * 7) + 3
    seeds = (np.argwhere(np.ones((tall, wide))) - 1 + rng.random((tall * wide, 2)) * 0.7) / 7
    nearest = np.full(down.shape, np.inf)
    for y, x in seeds:
        np.minimum(nearest, np.hypot(down - y, across - x), out=nearest)
    size = nearest * 7 + 0.06 * field(rng, height, width, 1.2, coarsest=4.0)
    dark = np.exp(-(((size - 0.27) / 0.12) ** 2))
    coat = along(dark, ((0.85, 0.66, 0.36), (0.12, 0.08, 0.05)))
    return (coat + 0.03 * field(rng, height, width, 0.5)).clip(0, 1)


def fur(rng: np.random.Generator, height: int, width: int) -> Field:
    """Brown hair: grain drawn out along waving lines."""
    hair = field(rng, height, width, 0.8, (5.0, 0.9), 5.0) + 0.5 * field(rng, height, width, 1.5)
    return painted(hair, ((0.1, 0.06, 0.03), (0.32, 0.2, 0.11), (0.52, 0.36, 0.22), (0.76, 0.6, 0.43)))


def mesh(rng: np.random.Generator, height: int, width: int) -> Field:
    """Crossing wires over a soft ground, as of a fence."""
    down, across = places(height, width)
    shift = rng.random(2)
    turned = ((down + across) * 6 + shift[0]) % 1, ((down - across) * 6 + shift[1]) % 1
    near = np.minimum(np.abs(turned[0] - 0.5), np.abs(turned[1] - 0.5))
    wire = (1.5 - near / 0.09).clip(0, 1)
    ground = along(
        (0.5 + 0.25 * field(rng, height, width, 1.6)).clip(0, 1), ((0.2, 0.26, 0.2), (0.55, 0.58, 0.5))
    )
    return ground * (1 - wire) + 0.85 * wire


TEXTURES: dict[str, Texture] = {
    "snow": snow,
    "grass": grass,
    "water": water,
    "sky": sky,
    "foliage": foliage,
    "fire": fire,
    "sand": sand,
    "brick": brick,
    "stripes": stripes,
    "spots": spots,
    "fur": fur,
    "mesh": mesh,
}
