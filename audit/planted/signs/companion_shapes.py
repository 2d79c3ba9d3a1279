"""Eight small objects that one can name at ten pixels, each with its own shape and its typical colours.

A shape is a function of points `x, y [n, h, w]` (x to the right, y down, 1 is half its extent) and of uniform
numbers `[n, 4]` that vary its colours. It gives parts to be painted one over the other: signed distances
`[n, h, w]`, negative inside, and colours `[n, 3]`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from audit.planted.arm import TONES

Part = tuple[Tensor, Tensor]
Shape = Callable[[Tensor, Tensor, Tensor], list[Part]]
Colour = tuple[float, float, float]
RIM = 0.13
"""Width of the dark rim that sets a shape off from any ground."""


def _between(first: Colour, second: Colour, share: Tensor) -> Tensor:
    """Colours `[n, 3]` mixed by shares `[n]`."""
    a, b = torch.tensor(first), torch.tensor(second)
    return a + (b - a) * share[:, None]


def _plain(colour: Colour, like: Tensor) -> Tensor:
    return torch.tensor(colour).expand(len(like), 3)


def _stroke(
    x: Tensor, y: Tensor, start: tuple[float, float, float], end: tuple[float, float, float]
) -> Tensor:
    """A stroke from one disc to another, each (x, y, radius)."""
    (x0, y0, r0), (x1, y1, r1) = start, end
    dx, dy = x1 - x0, y1 - y0
    along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
    return torch.hypot(x - x0 - along * dx, y - y0 - along * dy) - r0 - (r1 - r0) * along


def _oval(x: Tensor, y: Tensor, centre: tuple[float, float], wide: float, high: float) -> Tensor:
    """An ellipse of these half axes; the distance is right near its edge."""
    return (torch.hypot((x - centre[0]) / wide, (y - centre[1]) / high) - 1) * min(wide, high)


def _almond(x: Tensor, y: Tensor, half: float) -> Tensor:
    """Where two discs overlap: from -1 to 1 along x, `half` to either side of it."""
    radius = (1 + half * half) / (2 * half)
    return torch.hypot(x, y.abs() + radius - half) - radius


def _union(*distances: Tensor) -> Tensor:
    return torch.stack(distances).amin(dim=0)


def _rimmed(silhouette: Tensor, colour: Tensor, dark: float = 0.3, rim: float = RIM) -> list[Part]:
    return [(silhouette, dark * colour), (silhouette + rim, colour)]


def _hand(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    tones = torch.from_numpy(TONES).float()
    place = u[:, 0] * (len(tones) - 1)
    first = place.long().clamp(max=len(tones) - 2)
    skin = tones[first] + (place - first)[:, None] * (tones[first + 1] - tones[first])
    sleeve = _between((0.12, 0.2, 0.6), (0.1, 0.42, 0.8), u[:, 1])
    tips = ((-0.8, -0.46), (-0.32, -0.84), (0.22, -0.84), (0.68, -0.52))
    fingers = [_stroke(x, y, (0.4 * a, 0.15, 0.19), (a, b, 0.17)) for a, b in tips]
    thumb = _stroke(x, y, (0.15, 0.5, 0.24), (0.84, 0.12, 0.17))
    palm = _stroke(x, y, (-0.04, 0.24, 0.46), (-0.02, 0.6, 0.38))
    cuff = torch.maximum((x + 0.02).abs() - 0.5, (y - 0.82).abs() - 0.2)
    return [*_rimmed(_union(*fingers, thumb, palm), skin, 0.25, 0.08), *_rimmed(cuff, sleeve, 0.4)]


def _leaf(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    green = _between((0.36, 0.78, 0.1), (0.1, 0.55, 0.14), u[:, 0])
    pale = _between((0.85, 0.95, 0.5), (0.75, 0.9, 0.6), u[:, 1])
    blade = _almond((y + 0.2) / 0.8, x / 0.8, 0.74) * 0.8
    stem = _stroke(x, y, (0.0, 0.5, 0.1), (0.12, 1.0, 0.1))
    rib = _stroke(x, y, (0.0, -0.7, 0.02), (0.0, 0.55, 0.07))
    side = x.abs()
    veins = _union(*(_stroke(side, y, (0.0, b, 0.05), (0.34, b - 0.3, 0.01)) for b in (0.2, -0.2)))
    return [(stem, 0.4 * green), *_rimmed(blade, green), (_union(rib, veins), pale)]


def _flame(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    red = _between((0.93, 0.16, 0.06), (1.0, 0.42, 0.05), u[:, 0])
    orange = _between((1.0, 0.55, 0.08), (1.0, 0.68, 0.15), u[:, 1])
    yellow = _between((1.0, 0.93, 0.3), (1.0, 0.98, 0.7), u[:, 2])
    outer = _union(
        _stroke(x, y, (0.0, 0.38, 0.6), (0.18, -1.0, 0.04)),
        _stroke(x, y, (-0.25, 0.35, 0.42), (-0.72, -0.5, 0.03)),
        _stroke(x, y, (0.3, 0.4, 0.38), (0.76, -0.28, 0.03)),
    )
    middle = _union(
        _stroke(x, y, (0.0, 0.5, 0.42), (0.1, -0.5, 0.04)),
        _stroke(x, y, (-0.25, 0.5, 0.26), (-0.48, -0.08, 0.03)),
    )
    core = _stroke(x, y, (0.02, 0.62, 0.26), (0.05, -0.02, 0.04))
    return [(outer, 0.8 * red), (outer + 0.07, red), (middle, orange), (core, yellow)]


def _drop(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    blue = _between((0.1, 0.35, 0.95), (0.25, 0.68, 1.0), u[:, 0])
    body = _stroke(x, y, (0.0, 0.36, 0.62), (0.0, -1.0, 0.03))
    shine = _stroke(x, y, (-0.28, 0.18, 0.11), (-0.2, 0.56, 0.13))
    return [*_rimmed(body, blue), (shine, _plain((0.96, 0.98, 1.0), u))]


def _coin(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    gold = _between((1.0, 0.8, 0.15), (0.88, 0.62, 0.2), u[:, 0])
    disc = torch.hypot(x, y) - 0.96
    ring = (torch.hypot(x, y) - 0.66).abs() - 0.08
    one = _union(
        _stroke(x, y, (0.05, -0.3, 0.1), (0.05, 0.32, 0.1)),
        _stroke(x, y, (-0.18, -0.14, 0.08), (0.05, -0.3, 0.1)),
    )
    shine = _stroke(x, y, (-0.62, -0.2, 0.06), (-0.3, -0.6, 0.06))
    bright = _plain((1.0, 0.97, 0.75), u)
    return [*_rimmed(disc, gold), (ring, 0.62 * gold), (one, 0.4 * gold), (shine, bright)]


def _cup(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    china = _between((1.0, 0.98, 0.94), (0.86, 0.92, 1.0), u[:, 0])
    coffee = _between((0.3, 0.15, 0.06), (0.45, 0.25, 0.12), u[:, 1])
    left = x + 0.22
    sides = left.abs() - 0.72 + 0.16 * (y - 0.1)
    wall = torch.maximum(torch.maximum(sides, y - 0.86), -0.46 - y)
    body = _union(wall, _oval(left, y, (0.0, -0.46), 0.78, 0.34))
    handle = (torch.hypot(left - 0.74, y - 0.16) - 0.36).abs() - 0.14
    return [
        *_rimmed(_union(body, handle), china, 0.25, 0.08),
        (_oval(left, y, (0.0, -0.46), 0.62, 0.22), coffee),
    ]


def _eye(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    white, black = _plain((0.97, 0.96, 0.94), u), _plain((0.05, 0.04, 0.05), u)
    hue = (u[:, 0] * 2).clamp(0, 1)
    iris = torch.where(
        u[:, :1] < 0.5,
        _between((0.4, 0.22, 0.08), (0.55, 0.36, 0.15), hue),
        _between((0.2, 0.5, 0.8), (0.35, 0.6, 0.4), (u[:, 0] * 2 - 1).clamp(0, 1)),
    )
    lids = _almond(x, y, 0.7)
    ball = torch.hypot(x, y)
    shine = torch.hypot(x - 0.14, y + 0.16) - 0.12
    return [(lids, black), (lids + 0.16, white), (ball - 0.47, 0.5 * iris), (ball - 0.41, iris),
            (ball - 0.22, black), (shine, white)]  # fmt: skip


def _mushroom(x: Tensor, y: Tensor, u: Tensor) -> list[Part]:
    red = _between((0.9, 0.1, 0.1), (0.72, 0.06, 0.12), u[:, 0])
    cream = _between((0.98, 0.93, 0.82), (0.88, 0.8, 0.66), u[:, 1])
    cap = torch.maximum(torch.hypot(x, (y - 0.12) * 0.92) - 0.96, y - 0.12)
    stem = _stroke(x, y, (0.0, 0.2, 0.24), (0.0, 0.72, 0.3))
    spots = ((-0.46, -0.2, 0.17), (0.08, -0.52, 0.19), (0.52, -0.14, 0.16))
    dots = _union(*(torch.hypot(x - a, y - b) - radius for a, b, radius in spots))
    return [*_rimmed(stem, cream), *_rimmed(cap, red), (dots, _plain((1.0, 0.98, 0.95), u))]


SHAPES: dict[str, Shape] = {
    "hand": _hand,
    "leaf": _leaf,
    "flame": _flame,
    "drop": _drop,
    "coin": _coin,
    "cup": _cup,
    "eye": _eye,
    "mushroom": _mushroom,
}
"""By what one would call them."""
