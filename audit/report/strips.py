"""Geometry of the strip plots: where a value lies on the natural range of its statistic.

Every strip is drawn so that the baseline's 5-95 % range fills its middle third: strips of different
statistics can be read under each other, and what lies off the strip is marked by an arrow at its end.
"""

from dataclasses import dataclass

from audit.records import StatisticInfo

WIDTH, HEIGHT = 240, 20
LOW, HIGH = WIDTH / 3, WIDTH * 2 / 3
EDGE = 6.0


@dataclass(frozen=True)
class Band:
    """The baseline of one statistic in strip units."""

    whisker: tuple[float, float]
    """1 % to 99 %, cut at the ends of the strip."""
    middle: tuple[float, float]
    """25 % to 75 %."""
    median: float


def position(value: float, quantiles: dict[str, float]) -> float:
    """Strip coordinate of a value, unclipped: the 5 % quantile lies at WIDTH/3, the 95 % one at 2·WIDTH/3."""
    low, high = quantiles["5"], quantiles["95"]
    if high <= low:  # a statistic that does not vary over the baseline
        return WIDTH / 2 if value == low else (WIDTH * 2.0 if value > low else -float(WIDTH))
    return LOW + (value - low) / (high - low) * (HIGH - LOW)


def band(statistic: StatisticInfo) -> Band | None:
    """The drawn baseline, or None where there is none."""
    if statistic.quantiles is None:
        return None
    at = {key: _clip(position(value, statistic.quantiles)) for key, value in statistic.quantiles.items()}
    return Band((at["1"], at["99"]), (at["25"], at["75"]), at["50"])


def marker(value: float, quantiles: dict[str, float], shape: str) -> str:
    """SVG path data of a "dot" or "diamond"; an arrow at the end where the value is off the strip."""
    x = position(value, quantiles)
    if x < EDGE:
        return "M1 10l7-5v10z"
    if x > WIDTH - EDGE:
        return f"M{WIDTH - 1} 10l-7-5v10z"
    if shape == "dot":
        return f"M{x - 4.5:.4g} 10a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0"
    return f"M{x:.4g} 4.5l5.5 5.5-5.5 5.5-5.5-5.5z"


def _clip(x: float) -> float:
    return round(min(max(x, 0.0), float(WIDTH)), 1)
