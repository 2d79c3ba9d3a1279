"""Random fields that textures are made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Rgb = tuple[float, float, float]


def field(
    rng: np.random.Generator,
    height: int,
    width: int,
    falling: float = 1.0,
    stretch: tuple[float, float] = (1.0, 1.0),
    coarsest: float = 2.0,
) -> Field:
    """Gaussian noise `[h, w]` of mean 0 and deviation 1 whose amplitude falls as frequency^-falling.

    `stretch` lengthens its grain downwards and to the right; frequencies below `coarsest` cycles per shorter
    side stop rising, so that the texture is even.
    """
    side = min(height, width)
    down = np.fft.fftfreq(height)[:, None] * side * stretch[0]
    across = np.fft.rfftfreq(width)[None] * side * stretch[1]
    radius = np.hypot(down, across).clip(coarsest)
    values = np.fft.irfft2(
        np.fft.rfft2(rng.normal(size=(height, width))) * radius**-falling, s=(height, width)
    )
    return (values - values.mean()) / max(1e-9, values.std())


def places(height: int, width: int) -> tuple[Field, Field]:
    """How far down and to the right each pixel's centre is, `[h, w]`, in units of the shorter side."""
    down, across = np.mgrid[:height, :width] + 0.5
    return down / min(height, width), across / min(height, width)


def painted(values: Field, colours: tuple[Rgb, ...]) -> Field:
    """`[3, h, w]`: the ranks of the values, from 0 to 1, as places along a line of colours."""
    ranks = values.ravel().argsort(kind="stable").argsort(kind="stable").reshape(values.shape)
    return along(ranks / max(1, values.size - 1), colours)


def along(position: Field, colours: tuple[Rgb, ...]) -> Field:
    """`[3, h, w]`: positions from 0 to 1 along a line of colours."""
    at = np.linspace(0, 1, len(colours))
    return np.stack(
        [np.interp(position, at, [colour[channel] for colour in colours]) for channel in range(3)]
    )
