"""Random patterns to start a search from.

Triggers sit behind rectifiers that photographs leave shut, and there the gradient is zero. Patterns of strong
contrast and of many scales open more of them than faint noise does.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def random_pattern(rng: np.random.Generator, channels: int, height: int, width: int) -> Array:
    """`[channels, height, width]` in [0, 1]: cells of a random size, grey or coloured, of two values or many;
    every fourth one a checkerboard or a grating of two colours."""
    if rng.random() < 0.25:
        return _regular(rng, channels, height, width)
    sizes = [2**i for i in range(8) if 2**i <= max(1, max(height, width) // 2)]
    cell = int(rng.choice(sizes))
    shape = (channels if rng.random() < 0.7 else 1, -(-height // cell), -(-width // cell))
    values = rng.random(shape)
    if rng.random() < 0.7:
        values = values.round()
    large = values.repeat(cell, 1).repeat(cell, 2)[:, :height, :width]
    return np.broadcast_to(large, (channels, height, width)).astype(np.float32)


def _regular(rng: np.random.Generator, channels: int, height: int, width: int) -> Array:
    period = rng.uniform(2, max(2.5, max(height, width)))
    down, across = np.mgrid[:height, :width]
    angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
    turned = down * np.sin(angle) + across * np.cos(angle)
    wave = np.sin(2 * np.pi * turned / period + phase)
    if rng.random() < 0.5:
        other = down * np.cos(angle) - across * np.sin(angle)
        wave = wave * np.sign(np.sin(2 * np.pi * other / period + phase))
    share = (wave[None] + 1) / 2
    first, second = rng.random((2, channels, 1, 1)).round()
    return (first * share + second * (1 - share)).astype(np.float32)
