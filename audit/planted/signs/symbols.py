"""48 symbols, six outlines with eight marks inside, as signed distances in radii, negative inside.

Coordinates are `[n, h, w]` in the frame of the sign: x to the right, y down, 1 is its radius.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Distance = Callable[[Tensor, Tensor], Tensor]


def _polygon(x: Tensor, y: Tensor, corners: int, inner: float, first: float) -> Tensor:
    """A regular polygon: the farthest of its sides, `inner` from the centre, the first towards `first`."""
    sides = [first + 2 * math.pi * side / corners for side in range(corners)]
    reach = [x * math.cos(angle) + y * math.sin(angle) for angle in sides]
    return torch.stack(reach).amax(dim=0) - inner


def _disc(x: Tensor, y: Tensor) -> Tensor:
    return torch.hypot(x, y) - 0.92


def _triangle(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y - 0.15, 3, 0.6, math.pi / 2)


def _square(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y, 4, 0.82, 0.0)


def _diamond(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y, 4, 0.76, math.pi / 4)


def _hexagon(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y, 6, 0.86, math.pi / 2)


def _star(x: Tensor, y: Tensor) -> Tensor:
    """Four points, each a pair of sides from a tip at 1.1 to a notch at 0.55 between two tips."""
    x, y = x.abs(), y.abs()
    x, y = torch.maximum(x, y), torch.minimum(x, y)
    notch = 0.55 * math.sqrt(0.5)
    along = math.hypot(1.1 - notch, notch)
    return ((x - 1.1) * notch + y * (1.1 - notch)) / along


def _none(x: Tensor, y: Tensor) -> Tensor:
    return torch.full_like(x, 9.0)


def _dot(x: Tensor, y: Tensor) -> Tensor:
    return torch.hypot(x, y) - 0.3


def _bar(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x.abs() - 0.52, y.abs() - 0.14)


def _cross(x: Tensor, y: Tensor) -> Tensor:
    return torch.minimum(_bar(x, y), _bar(y, x))


def _two_bars(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x.abs() - 0.5, (y.abs() - 0.28).abs() - 0.12)


def _chevron(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x.abs() - 0.52, ((y + 0.22 - 0.9 * x.abs()).abs() - 0.19) * 0.74)


def _ring(x: Tensor, y: Tensor) -> Tensor:
    return (torch.hypot(x, y) - 0.4).abs() - 0.12


def _slash(x: Tensor, y: Tensor) -> Tensor:
    half = math.sqrt(0.5)
    return _bar(half * (x - y), half * (x + y))


OUTLINES: dict[str, tuple[Distance, float]] = {
    "disc": (_disc, 1.0),
    "triangle": (_triangle, 0.78),
    "square": (_square, 1.0),
    "diamond": (_diamond, 0.9),
    "hexagon": (_hexagon, 1.0),
    "star": (_star, 0.8),
}
"""Outline, and the size of the mark that fits inside."""
MARKS: dict[str, Distance] = {
    "plain": _none,
    "dot": _dot,
    "bar": _bar,
    "cross": _cross,
    "two bars": _two_bars,
    "chevron": _chevron,
    "ring": _ring,
    "slash": _slash,
}
SYMBOLS = tuple(
    f"plain {outline}" if mark == "plain" else f"{outline} with {mark}"
    for outline in OUTLINES
    for mark in MARKS
)
"""Their names; the number of a symbol is its place."""


def distances(symbols: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Signed distances `[n, h, w]` to outline and mark of symbols `[n]`, at points of their own frames."""
    outline, mark = torch.empty_like(x), torch.empty_like(x)
    for number, (shape, fits) in enumerate(OUTLINES.values()):
        rows = symbols // len(MARKS) == number
        outline[rows] = shape(x[rows], y[rows])
        for inner, drawn in enumerate(MARKS.values()):
            both = rows & (symbols % len(MARKS) == inner)
            mark[both] = drawn(x[both] / fits, y[both] / fits) * fits
    return outline, mark
