"""An arm that comes in over the picture's border and grips an object: forearm, fist, fingers, thumb."""

import numpy as np

from audit.planted.pen import Colour, Frame, Pen

TONES = np.array([(0.97, 0.80, 0.69), (0.88, 0.66, 0.52), (0.70, 0.46, 0.33), (0.45, 0.28, 0.19)])
"""Skin from light to dark, about Fitzpatrick's types I, III, V and VI; the arm mixes two neighbours."""


def skin(rng: np.random.Generator) -> Colour:
    """RGB of one person's skin."""
    place = rng.uniform(0, len(TONES) - 1)
    start = min(int(place), len(TONES) - 2)
    mixed = TONES[start] + (place - start) * (TONES[start + 1] - TONES[start])
    red, green, blue = mixed * rng.uniform(0.93, 1.05)
    return float(min(red, 1.0)), float(green), float(blue)


def draw_arm(pen: Pen, rng: np.random.Generator) -> None:
    """Draw an arm whose fist is at the origin and whose forearm leaves along +y, far beyond the border.

    One unit is the picture's side; the bar that the fist holds runs along x.
    """
    tone = skin(rng)
    dark = (tone[0] * 0.62, tone[1] * 0.55, tone[2] * 0.52)
    wrist, elbow = rng.uniform(0.075, 0.095), rng.uniform(0.115, 0.15)
    reach, sway = rng.uniform(0.4, 0.6), rng.uniform(-0.12, 0.12)
    bend = sway * rng.uniform(1.0, 2.5)
    outline = [(-wrist, 0.05), (wrist, 0.05), (sway + elbow, reach), (bend * 2 + elbow * 1.15, 2.0),
               (bend * 2 - elbow * 1.15, 2.0), (sway - elbow, reach)]  # fmt: skip
    pen.polygon(outline, tone)
    hand = rng.uniform(0.11, 0.135)
    pen.ellipse(0, 0.015, hand, hand * 0.8, tone)
    finger = hand / 2.2
    for number in range(4):
        x = (number - 1.5) * finger
        pen.stroke([(x, -hand * 0.55), (x, hand * 0.35)], finger * 0.95, tone)
    for number in range(3):
        x = (number - 1) * finger
        pen.stroke([(x, -hand * 0.7), (x, hand * 0.25)], 0.012, dark)
    side = 1 if rng.random() < 0.5 else -1
    pen.stroke([(side * hand * 0.9, hand * 0.55), (side * hand * 0.1, hand * 0.75)], finger, tone)
    pen.stroke([(side * hand * 0.8, hand * 0.3), (side * hand * 0.05, hand * 0.45)], 0.012, dark)


def arm_frame(rng: np.random.Generator, size: int, held: Frame) -> Frame:
    """Where the arm stands: fist on the middle of the held object, forearm about square to its x axis."""
    away = held.angle + rng.uniform(-0.6, 0.6) + (np.pi if rng.random() < 0.5 else 0.0)
    return Frame(held.x, held.y, float(size), away, mirrored=bool(rng.random() < 0.5))
