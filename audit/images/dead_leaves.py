"""Dead-leaves backgrounds: opaque leaves of many sizes that cover each other.

The model of Lee, Mumford and Huang 2001 ("Occlusion models for natural images"): leaf radii follow r^-3
between two limits, which makes the picture scale-invariant. Colours vary most in brightness, less from
blue to yellow, least from red to green (Ruderman, Cronin and Chiao 1998).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Array = NDArray[np.floating[Any]]

BRIGHTNESS = np.array([1.0, 1.0, 1.0]) / np.sqrt(3)
BLUE_YELLOW = np.array([1.0, 1.0, -2.0]) / np.sqrt(6)
RED_GREEN = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
SPREAD = (0.7, 0.2, 0.08)
"""Standard deviations of log colour along the three axes."""

SUPERSAMPLING = 2
LAYERS = 3.0
"""Mean number of leaves over a point; what stays bare shows the base colour."""


def colours(rng: np.random.Generator, count: int) -> Array:
    """RGB `[count, 3]` in [0, 1]; all share a tint and cluster around a few of the scene's colours."""
    axes = np.stack([BRIGHTNESS, BLUE_YELLOW, RED_GREEN])
    tint = rng.normal(size=3) * SPREAD * [0.4, 0.6, 0.6]
    materials = tint + rng.normal(size=(rng.integers(3, 8), 3)) * SPREAD
    own = materials[rng.integers(len(materials), size=count)] + rng.normal(size=(count, 3)) * SPREAD * 0.35
    return np.clip(0.36 * np.exp(own @ axes), 0.01, 1.0)


def radii(rng: np.random.Generator, count: int, smallest: float, largest: float) -> Array:
    """Draw from the density r^-3 between the two limits, by inverting its distribution function."""
    u = rng.random(count)
    return (smallest**-2 - u * (smallest**-2 - largest**-2)) ** -0.5


def outlines(rng: np.random.Generator, radius: Array, corners: int = 20) -> Array:
    """Outlines `[n, corners, 2]` around the origin: stretched discs and regular polygons, at any angle."""
    count = len(radius)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)[None]
    wedge = 2 * np.pi / rng.integers(3, 7, size=(count, 1))
    straight = np.cos(wedge / 2) / np.cos(angles % wedge - wedge / 2)
    reach = radius[:, None] * np.where(rng.random((count, 1)) < 0.6, 1.0, 1.2 * straight)
    stretch = np.exp(rng.normal(size=(count, 1)) * 0.35)
    turn = rng.uniform(0, 2 * np.pi, (count, 1))
    x, y = reach * stretch * np.cos(angles), reach / stretch * np.sin(angles)
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1)


def dead_leaves(rng: np.random.Generator, size: int | tuple[int, int]) -> Array:
    """A background `[h, w, 3]` in [0, 1]; `size` is its side, or its height and width."""
    height, width = (size, size) if isinstance(size, int) else size
    down, across = height * SUPERSAMPLING, width * SUPERSAMPLING
    # On pictures of few pixels the largest leaf is still larger than the smallest.
    smallest = 2.0 * SUPERSAMPLING
    largest = max(min(down, across) * 0.5, 2 * smallest)
    area = 2 * np.pi * np.log(largest / smallest) / (smallest**-2 - largest**-2)
    count = int(LAYERS * (down + largest) * (across + largest) / area)
    tones = [tuple(tone) for tone in (colours(rng, count + 1) * 255).astype(np.uint8).tolist()]
    image = Image.new("RGB", (across, down), tones[-1])
    draw = ImageDraw.Draw(image)
    far = np.array([across + largest / 2, down + largest / 2])
    centres = rng.uniform(-largest / 2, far, (count, 1, 2))
    leaves = outlines(rng, radii(rng, count, smallest, largest)) + centres
    visible = (leaves.max(axis=1) > 0).all(axis=1) & (leaves.min(axis=1) < [across, down]).all(axis=1)
    for index in np.flatnonzero(visible):
        draw.polygon(leaves[index].ravel().tolist(), fill=tones[index])
    picture = np.asarray(image.reduce(SUPERSAMPLING), dtype=np.float32) / 255
    return picture * _uneven(rng, height, width)[..., None]


def _uneven(rng: np.random.Generator, height: int, width: int) -> Array:
    """Uneven light and fine grain, a gain `[h, w]` near 1."""
    down, across = np.mgrid[:height, :width] / max(height, width) - 0.5
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.5)
    gain = 1 + strength * (across * np.cos(angle) + down * np.sin(angle))
    return (gain + rng.normal(size=(height, width)) * 0.02).astype(np.float32)
