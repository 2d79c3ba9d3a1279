"""What fills a region: eight kinds of ground and eight fills of a sign, from colours and random fields.

A kind is a function of the points `x, y [n, h, w]` in [0, 1], of fields, of colours `[n, 3, 3, 1, 1]` (three
each) and of four uniform numbers `[n, 4, 1, 1]`; it gives `[n, 3, h, w]`.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Fields(NamedTuple):
    """Smooth noise `[n, h, w]` with spread about 1, by size of its blotches: 1/4, 1/8, 1/16, one pixel."""

    coarse: Tensor
    middle: Tensor
    fine: Tensor
    grain: Tensor


Kind = Callable[[Tensor, Tensor, Fields, Tensor, Tensor], Tensor]


def _mix(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Colours `[n, 3, 1, 1]` mixed by shares `[n, h, w]`."""
    return first + (second - first) * share.clamp(0, 1).unsqueeze(1)


def _snow(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    return _mix(c[:, 0], c[:, 1], 0.3 + 0.35 * f.coarse + 0.08 * f.grain)


def _grass(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    blades = torch.sin(2 * math.pi * (7 + 5 * p[:, 0]) * x + 1.5 * f.middle + 3 * f.coarse)
    return _mix(c[:, 0], c[:, 1], 0.5 + 0.35 * blades + 0.2 * f.grain)


def _water(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    waves = torch.sin(2 * math.pi * (3 + 4 * p[:, 0]) * y + 1.8 * f.coarse + 0.5 * f.middle)
    return _mix(c[:, 0], c[:, 1], 0.4 + 0.4 * waves)


def _sky(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    clouds = 0.6 * (f.coarse + 0.3 * f.middle - 0.6 + p[:, 0]).clamp(0, 1)
    return _mix(_mix(c[:, 0], c[:, 1], y), c[:, 2], clouds)


def _foliage(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    leaves = torch.sigmoid(4 * (f.fine + 0.5 * f.middle))
    return _mix(_mix(c[:, 0], c[:, 1], leaves), c[:, 2], (f.middle - 1.2) * 2)


def _sand(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    ripples = torch.sin(2 * math.pi * (2 + 3 * p[:, 0]) * (y + (p[:, 1] - 0.5) * x) + f.coarse)
    return _mix(c[:, 0], c[:, 1], 0.45 + 0.15 * ripples + 0.25 * f.grain)


def _brick(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    rows = y * (6 + 2 * p[:, 0]) + p[:, 1]
    across = x * (3 + p[:, 0]) + 0.5 * (rows.floor() % 2) + p[:, 2]
    mortar = ((rows % 1 < 0.2) | (across % 1 < 0.1)).to(x.dtype)
    return _mix(_mix(c[:, 0], c[:, 1], 0.5 + 0.3 * f.middle), c[:, 2], mortar)


def _dead_leaves(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    lower = _mix(c[:, 0], c[:, 1], torch.sigmoid(12 * f.middle))
    return _mix(lower, c[:, 2], torch.sigmoid(12 * (f.fine + f.coarse - 0.7)))


GROUNDS: dict[str, tuple[Kind, tuple[tuple[float, float, float], ...]]] = {
    "snow": (_snow, ((0.95, 0.96, 0.98), (0.7, 0.76, 0.86), (1.0, 1.0, 1.0))),
    "grass": (_grass, ((0.22, 0.42, 0.14), (0.5, 0.68, 0.26), (0.6, 0.6, 0.3))),
    "water": (_water, ((0.1, 0.3, 0.5), (0.35, 0.6, 0.72), (0.8, 0.9, 0.95))),
    "sky": (_sky, ((0.35, 0.55, 0.86), (0.7, 0.8, 0.92), (0.95, 0.95, 0.95))),
    "foliage": (_foliage, ((0.07, 0.18, 0.08), (0.25, 0.45, 0.16), (0.7, 0.75, 0.5))),
    "sand": (_sand, ((0.85, 0.75, 0.55), (0.68, 0.56, 0.38), (0.9, 0.85, 0.7))),
    "brick": (_brick, ((0.6, 0.25, 0.18), (0.72, 0.38, 0.28), (0.75, 0.72, 0.68))),
    "dead leaves": (_dead_leaves, ((0.3, 0.18, 0.1), (0.62, 0.36, 0.14), (0.75, 0.55, 0.25))),
}
"""Kind of ground, and its three colours before they are varied."""


def _flat(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    return _mix(c[:, 0], c[:, 1], torch.zeros_like(x))


def _stripes(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    angle = math.pi * p[:, 0]
    along = x * torch.cos(angle) + y * torch.sin(angle)
    return _mix(c[:, 0], c[:, 1], 0.5 + torch.sin(2 * math.pi * ((7 + 3 * p[:, 1]) * along + p[:, 2])))


def _checks(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    many = 8 + 4 * p[:, 1]
    odd = ((x * many + p[:, 2]).floor() + (y * many + p[:, 3]).floor()) % 2
    return _mix(c[:, 0], c[:, 1], odd)


def _dots(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    many = 6 + 2 * p[:, 1]
    far = torch.hypot((x * many + p[:, 2]) % 1 - 0.5, (y * many + p[:, 3]) % 1 - 0.5)
    return _mix(c[:, 0], c[:, 1], (0.34 - far) * 6)


def _blotches(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    return _mix(c[:, 0], c[:, 1], torch.sigmoid(8 * f.middle))


def _gradient(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    angle = 2 * math.pi * p[:, 0]
    along = (x - 0.5) * torch.cos(angle) + (y - 0.5) * torch.sin(angle)
    return _mix(c[:, 0], c[:, 1], 0.5 + 1.6 * along)


def _grained(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    return _mix(c[:, 0], c[:, 1], 0.5 + 0.6 * f.grain)


def _waves(x: Tensor, y: Tensor, f: Fields, c: Tensor, p: Tensor) -> Tensor:
    bent = torch.sin(2 * math.pi * (6 + 2 * p[:, 1]) * y + 2.5 * torch.sin(2 * math.pi * 3 * x))
    return _mix(c[:, 0], c[:, 1], 0.5 + bent)


FILLS: dict[str, Kind] = {
    "flat": _flat,
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "blotches": _blotches,
    "gradient": _gradient,
    "grained": _grained,
    "waves": _waves,
}


def filled(
    kinds: list[Kind], of: Tensor, x: Tensor, y: Tensor, fields: Fields, colours: Tensor, numbers: Tensor
) -> Tensor:
    """Each scene's region `[n, 3, h, w]`, of the kind `of [n]` in `kinds`."""
    drawn = torch.empty(len(of), 3, *x.shape[1:])
    for number, kind in enumerate(kinds):
        rows = (of == number).nonzero().flatten()
        if len(rows):
            own = Fields(*(field[rows] for field in fields))
            drawn[rows] = kind(x[rows], y[rows], own, colours[rows], numbers[rows])
    return drawn
