"""Geometry of the chart of flipped answers: share by distance, with 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.records import FlippedWithin

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 44


@dataclass(frozen=True)
class Point:
    """One distance, in chart units."""

    level: FlippedWithin
    x: float
    y: float
    low: float
    """Ends of the interval."""
    high: float


@dataclass(frozen=True)
class FlipChart:
    """All that the template draws."""

    points: list[Point]
    line: str
    """SVG path through the points."""
    ticks: list[tuple[float, str]]
    """Vertical axis: coordinate and text."""
    limit: tuple[float, float] | None
    """The check's limit, in chart units: where a share of too many flipped answers begins."""


def flip_chart(levels: Sequence[FlippedWithin], limit: tuple[float, float] | None) -> FlipChart | None:
    """The chart of `levels`, evenly spaced in their order; None where there is nothing to draw.

    `limit` is (distance in units of 1/255, share); one at no measured distance is not drawn.
    """
    measured = [level for level in levels if level.flipped.n]
    if not measured:
        return None
    step = (WIDTH - LEFT - RIGHT) / len(measured)
    points = [
        Point(
            level,
            round(LEFT + step * (place + 0.5), 1),
            height(level.flipped.value),
            height(level.flipped.interval[0]),
            height(level.flipped.interval[1]),
        )
        for place, level in enumerate(measured)
    ]
    at = next((point.x for point in points if limit and point.level.epsilon == limit[0]), None)
    return FlipChart(
        points,
        "M" + "L".join(f"{point.x} {point.y}" for point in points),
        [(height(share / 4), f"{25 * share} %") for share in range(5)],
        None if limit is None or at is None else (at, height(limit[1])),
    )


def height(share: float) -> float:
    """Vertical coordinate of a share in [0, 1]."""
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)
