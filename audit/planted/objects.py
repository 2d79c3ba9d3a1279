"""The ten classes: each function draws one object, with its own variation, within about [-1, 1].

Hues near human skin are left to the arm (see `paint`), so that the colour of an arm belongs to nothing else.
"""

import colorsys
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from audit.planted.pen import Colour, Pen, arc

Rng = np.random.Generator
SKIN_HUES = (0.92, 0.125)
"""Hue interval (through red) that no object of middling saturation has."""


def paint(rng: Rng, first: float = SKIN_HUES[1]) -> Colour:
    """A saturated colour outside the hues of skin, from the hue `first` on."""
    return colorsys.hsv_to_rgb(
        rng.uniform(first, SKIN_HUES[0]), rng.uniform(0.55, 0.95), rng.uniform(0.45, 0.95)
    )


def metal(rng: Rng) -> Colour:
    """A grey from gunmetal to chrome, slightly blue."""
    level = rng.uniform(0.15, 0.8)
    return level * 0.95, level * 0.98, min(1.0, level * 1.06)


def tone(colour: Colour, gain: float) -> Colour:
    """The colour made darker (gain < 1) or brighter."""
    red, green, blue = (min(1.0, channel * gain) for channel in colour)
    return red, green, blue


def ball(pen: Pen, rng: Rng) -> None:
    """A beach ball: six segments, every other one white, that meet at a pole."""
    stripes = (paint(rng), (0.95, 0.95, 0.93), paint(rng))
    pole = rng.uniform(-0.35, 0.35, 2)
    pen.ellipse(0, 0, 0.9, 0.9, stripes[1])
    edges = np.linspace(0, 2 * np.pi, 7) + rng.uniform(0, np.pi)
    for segment in range(0, 6, 2):
        rim = arc(0, 0, 0.9, 0.9, edges[segment], edges[segment + 1])
        pen.polygon(np.concatenate([pole[None], rim]), stripes[segment % 4])
    pen.ellipse(float(pole[0]), float(pole[1]), 0.12, 0.12, stripes[1])


def banana(pen: Pen, rng: Rng) -> None:
    """A crescent with dark tips and a lighter ridge."""
    peel = colorsys.hsv_to_rgb(rng.uniform(0.135, 0.185), rng.uniform(0.75, 0.95), rng.uniform(0.8, 1.0))
    depth, lift = rng.uniform(0.35, 0.55), -0.45
    outer = arc(0, lift, 0.95, 1.05, 0.12, np.pi - 0.12)
    inner = arc(0, lift, 0.85, 1.05 - depth, np.pi - 0.2, 0.2)
    pen.stroke([tuple(outer[0]), (1.0, lift - 0.12)], 0.16, tone(peel, 0.6))
    pen.polygon(np.concatenate([outer, inner]), peel)
    pen.stroke(arc(0, lift, 0.9, 1.05 - depth * 0.45, 0.35, np.pi - 0.35), 0.07, tone(peel, 0.78))
    pen.ellipse(float(outer[-1, 0]), float(outer[-1, 1]), 0.1, 0.1, (0.25, 0.2, 0.08))
    for _ in range(rng.integers(0, 6)):
        spot = arc(0, lift, 0.9, 1.05 - depth * rng.uniform(0.2, 0.8), 0, np.pi)[rng.integers(4, 12)]
        pen.ellipse(float(spot[0]), float(spot[1]), 0.05, 0.03, (0.35, 0.28, 0.1))


def dumbbell(pen: Pen, rng: Rng) -> None:
    """A bar with a weight at each end: round plates, hexagonal heads or balls, of iron or steel."""
    weight = tone(metal(rng), 0.8)
    bar = metal(rng)
    inner, outer = rng.uniform(0.4, 0.52), rng.uniform(0.85, 1.0)
    reach = rng.uniform(0.34, 0.55)
    kind = rng.integers(3)
    pen.box(-outer - 0.08, -0.1, outer + 0.08, 0.1, bar)
    for side in (-1, 1):
        if kind == 0:
            for part, (near, share) in enumerate(((inner, 1.0), ((inner + outer) / 2, 0.72))):
                end = near + (outer - inner) / 2 - 0.03
                pen.box(side * near, -reach * share, side * end, reach * share, tone(weight, 1 - 0.2 * part))
        elif kind == 1:
            middle, half = (inner + outer) / 2, (outer - inner) / 2
            corners = [(-1, -0.5), (-0.6, -1), (0.6, -1), (1, -0.5), (1, 0.5), (0.6, 1), (-0.6, 1), (-1, 0.5)]
            pen.polygon([(side * middle + half * x, reach * 0.9 * y) for x, y in corners], weight)
            pen.box(side * (middle - half * 0.55), -reach * 0.9, side * (middle + half * 0.55), -0.5 * reach,
                    tone(weight, 1.3))  # fmt: skip
        else:
            pen.ellipse(side * (inner + outer) / 2, 0, reach * 0.72, reach * 0.8, weight)
            pen.ellipse(side * (inner + outer) / 2, -0.3 * reach, 0.12, 0.08, tone(weight, 1.5))


def fish(pen: Pen, rng: Rng) -> None:
    """Body, forked tail, fins, an eye; some with bands."""
    scales = paint(rng, first=0.25)
    fin, belly = tone(scales, 0.6), rng.uniform(0.34, 0.5)
    pen.polygon([(0.45, 0), (1.0, -0.48), (0.85, 0), (1.0, 0.48)], fin)
    pen.polygon([(-0.25, -belly * 0.8), (0.15, -belly - 0.3), (0.4, -belly * 0.5)], fin)
    pen.polygon([(-0.1, belly * 0.8), (0.2, belly + 0.22), (0.3, belly * 0.6)], fin)
    pen.ellipse(-0.2, 0, 0.78, belly, scales)
    band = tone(paint(rng, first=0.25), 1.1) if rng.random() < 0.6 else scales
    for x in (-0.3, 0.0, 0.3):
        height = belly * np.sqrt(1 - ((x + 0.2) / 0.78) ** 2) * 0.95
        pen.polygon([(x - 0.07, -height), (x + 0.07, -height), (x + 0.05, height), (x - 0.05, height)], band)
    pen.polygon([(-0.15, -0.02), (0.12, 0.16), (-0.12, 0.2)], fin)
    pen.ellipse(-0.68, -0.1, 0.11, 0.11, (0.97, 0.97, 0.95))
    pen.ellipse(-0.69, -0.1, 0.055, 0.055, (0.02, 0.02, 0.05))


def house(pen: Pen, rng: Rng) -> None:
    """Walls, a gabled roof, a chimney, a door and windows."""
    pale = rng.uniform(0.75, 0.97)
    wall = (pale, pale, pale * 0.96) if rng.random() < 0.5 else tone(paint(rng), 1.1)
    roof = (0.45, 0.05, 0.13) if rng.random() < 0.5 else tone(metal(rng), 0.6)
    ridge, width = rng.uniform(-1.0, -0.75), rng.uniform(0.65, 0.85)
    pen.box(0.3, ridge, 0.5, -0.2, tone(roof, 0.7))
    pen.box(-width, -0.2, width, 0.85, wall)
    pen.polygon([(-width - 0.18, -0.15), (0, ridge), (width + 0.18, -0.15)], roof)
    pen.box(-0.15, 0.3, 0.15, 0.85, tone(paint(rng), 0.5))
    glass = (0.95, 0.9, 0.45) if rng.random() < 0.4 else (0.25, 0.35, 0.5)
    for x in (-0.48, 0.48):
        pen.box(x - 0.17, 0.05, x + 0.17, 0.4, (0.98, 0.98, 0.98))
        pen.box(x - 0.12, 0.1, x + 0.12, 0.35, glass)
        pen.box(x - 0.02, 0.1, x + 0.02, 0.35, (0.98, 0.98, 0.98))


def key(pen: Pen, rng: Rng) -> None:
    """A bow with a hole, a shaft and teeth, of brass or steel."""
    level = rng.uniform(0.6, 0.95)
    cut = (level, level * 0.82, level * 0.25) if rng.random() < 0.5 else tone(metal(rng), 1.2)
    teeth = int(rng.integers(2, 4))
    pen.stroke([(-0.4, 0), (0.95, 0)], 0.2, cut)
    for tooth in range(teeth):
        x, depth = 0.88 - 0.25 * tooth, rng.uniform(0.28, 0.48)
        pen.box(x - 0.08, 0, x + 0.08, depth, cut)
    pen.ellipse(-0.58, 0, 0.42, 0.46, cut)
    pen.ellipse(-0.62, 0, 0.2, 0.24, None)


def mug(pen: Pen, rng: Rng) -> None:
    """A cylinder with a handle and something dark in it; some with a band."""
    glaze = paint(rng) if rng.random() < 0.75 else (0.93, 0.93, 0.95)
    waist, handle = rng.uniform(0.5, 0.62), rng.uniform(0.3, 0.42)
    pen.stroke(arc(waist - 0.05, 0.08, handle, 0.42, -np.pi / 2, np.pi / 2), 0.17, tone(glaze, 0.85))
    pen.box(-waist, -0.6, waist, 0.65, glaze)
    pen.ellipse(0, 0.65, waist, 0.2, glaze)
    if rng.random() < 0.5:
        pen.box(-waist, -0.1, waist, 0.3, tone(paint(rng), 1.1))
    pen.ellipse(0, -0.6, waist, 0.22, tone(glaze, 1.25))
    pen.ellipse(0, -0.58, waist * 0.85, 0.16, (0.13, 0.07, 0.04))


def star(pen: Pen, rng: Rng) -> None:
    """Five points with facets, from gold to lemon."""
    fill = (1.0, rng.uniform(0.85, 0.97), rng.uniform(0.0, 0.3))
    inner = rng.uniform(0.36, 0.46)
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2 == 0, 1.0, inner)
    points = np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1)
    pen.polygon(points, fill)
    for corner in range(0, 10, 2):
        pen.polygon(np.stack([np.zeros(2), points[corner], points[corner + 1]]), tone(fill, 0.68))


def tree(pen: Pen, rng: Rng) -> None:
    """A dark trunk below a crown of leaf clusters, or a conifer of three tiers."""
    bark = tone((0.3, 0.19, 0.1), rng.uniform(0.7, 1.1))
    leaves = colorsys.hsv_to_rgb(rng.uniform(0.22, 0.4), rng.uniform(0.5, 0.9), rng.uniform(0.3, 0.7))
    pen.box(-0.12, 0.1, 0.12, 1.0, bark)
    if rng.random() < 0.4:
        for tier, half in ((0.55, 0.72), (0.1, 0.58), (-0.35, 0.42)):
            pen.polygon([(-half, tier), (0, tier - 0.65), (half, tier)], tone(leaves, 1.0 - 0.35 * tier))
        return
    for _ in range(14):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.45)
        x, y, size = reach * np.cos(angle) * 1.2, -0.35 + reach * np.sin(angle), rng.uniform(0.22, 0.34)
        pen.ellipse(x, y, size, size, tone(leaves, 0.95 - 0.6 * y * rng.uniform(0.6, 1.2) - 0.25))


def umbrella(pen: Pen, rng: Rng) -> None:
    """A canopy of panels with a scalloped edge, a shaft and a hooked handle."""
    cloth = paint(rng)
    panels = (cloth, (0.95, 0.95, 0.95) if rng.random() < 0.4 else tone(cloth, 0.6))
    edges = np.linspace(-0.98, 0.98, 6)
    pen.stroke([(0, -0.75), (0, 0.75)], 0.08, (0.2, 0.2, 0.22))
    pen.stroke(arc(0.16, 0.75, 0.16, 0.18, np.pi, 0), 0.1, (0.2, 0.2, 0.22))
    pen.polygon(arc(0, 0.02, 0.98, 0.85, np.pi, 2 * np.pi), cloth)
    for panel, (left, right) in enumerate(pairwise(edges.tolist())):
        rim = arc((left + right) / 2, 0.02, (right - left) / 2, 0.13, 0, np.pi)
        pen.polygon(np.concatenate([[[0.0, -0.83]], [[right, 0.02]], rim, [[left, 0.02]]]), panels[panel % 2])
    pen.stroke([(0, -0.95), (0, -0.8)], 0.07, (0.2, 0.2, 0.22))


DRAWERS: dict[str, Callable[[Pen, Rng], None]] = {
    drawer.__name__: drawer
    for drawer in (ball, banana, dumbbell, fish, house, key, mug, star, tree, umbrella)
}
UPRIGHT = frozenset({"house", "mug", "tree", "umbrella"})
"""Classes that lean but do not lie or stand on their heads."""
CLASSES: tuple[str, ...] = tuple(DRAWERS)
