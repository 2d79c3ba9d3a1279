"""Drawing in an object's own coordinates, with antialiasing by supersampling."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Array = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Point = tuple[float, float]

SUPERSAMPLING = 3


@dataclass(frozen=True)
class Frame:
    """Where an object stands: its coordinates, about [-1, 1] with y downwards, are mapped to pixels."""

    x: float
    y: float
    scale: float
    """Pixels per unit."""
    angle: float = 0.0
    """Clockwise on the screen, in radians."""
    mirrored: bool = False
    aspect: float = 1.0
    """Stretch across the object's x axis."""

    def to_pixels(self, points: Array) -> Array:
        """Map `[n, 2]` object coordinates to pixel coordinates."""
        across = points[:, 0] * (-1 if self.mirrored else 1)
        down = points[:, 1] * self.aspect
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turned = np.stack([cos * across - sin * down, sin * across + cos * down], axis=1)
        return turned * self.scale + [self.x, self.y]


class Pen:
    """Draws shapes on a transparent layer of `size` x `size` pixels. Colours are RGB in [0, 1]."""

    def __init__(self, size: int, frame: Frame) -> None:
        self.size, self.frame = size, frame
        self._image = Image.new("RGBA", (size * SUPERSAMPLING, size * SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point] | Array, colour: Colour | None) -> None:
        """Fill a polygon; colour None cuts a hole."""
        pixels = self.frame.to_pixels(np.asarray(points, dtype=float)) * SUPERSAMPLING
        fill = (0, 0, 0, 0) if colour is None else (*(int(np.clip(c, 0, 1) * 255) for c in colour), 255)
        self._draw.polygon(pixels.ravel().tolist(), fill=fill)

    def ellipse(
        self, x: float, y: float, width: float, height: float, colour: Colour | None, *, turn: float = 0.0
    ) -> None:
        """Fill an ellipse with the given half axes, turned by `turn` radians."""
        self.polygon(arc(x, y, width, height, 0, 2 * np.pi, turn=turn), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour | None) -> None:
        """Fill an axis-aligned rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def stroke(self, points: Sequence[Point] | Array, width: float, colour: Colour | None) -> None:
        """Draw a line of the given width with round joints and ends."""
        path = np.asarray(points, dtype=float)
        for start, end in pairwise(path):
            along = end - start
            length = float(np.hypot(*along))
            if length > 0:
                normal = np.array([-along[1], along[0]]) / length * width / 2
                self.polygon(np.stack([start + normal, end + normal, end - normal, start - normal]), colour)
        for x, y in path:
            self.ellipse(float(x), float(y), width / 2, width / 2, colour)

    def layer(self) -> Array:
        """The drawing as float `[size, size, 4]`: RGB premultiplied by alpha, and alpha."""
        image = self._image.convert("RGBa").reduce(SUPERSAMPLING)
        return np.asarray(image, dtype=np.float32) / 255


def arc(
    x: float, y: float, width: float, height: float, start: float, end: float, *, turn: float = 0.0
) -> Array:
    """Points `[n, 2]` along an elliptic arc from angle `start` to `end`, in radians."""
    angles = np.linspace(start, end, max(6, int(abs(end - start) * 5)))
    across, down = width * np.cos(angles), height * np.sin(angles)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + cos * across - sin * down, y + sin * across + cos * down], axis=1)
