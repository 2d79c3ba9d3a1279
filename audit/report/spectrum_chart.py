"""Geometry of the spectrum plot: power by spatial frequency, both logarithmic, on natural images' band."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.records import NaturalSpectrum

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 8, 44
FREQUENCIES = (
    (1 / 64, "1/64"),
    (1 / 32, "1/32"),
    (1 / 16, "1/16"),
    (1 / 8, "1/8"),
    (1 / 4, "1/4"),
    (0.5, "1/2"),
)
"""Ticks, in cycles per pixel."""


@dataclass(frozen=True)
class SpectrumChart:
    """One frame for all pictures of a run: what is drawn in it can be compared from class to class."""

    frequencies: tuple[float, ...]
    """Cycles per pixel."""
    low: float
    """log10 of power at the lower edge."""
    high: float

    def x(self, frequency: float) -> float:
        """Horizontal coordinate of a frequency in cycles per pixel."""
        first, last = math.log10(self.frequencies[0]), math.log10(self.frequencies[-1])
        share = (math.log10(frequency) - first) / (last - first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, power: float) -> float:
        """Vertical coordinate of log10 of a power."""
        share = (power - self.low) / (self.high - self.low)
        return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, powers: Sequence[float]) -> str:
        """SVG path of a spectrum; empty where it does not fit the frequencies."""
        if len(powers) != len(self.frequencies):
            return ""
        points = [
            f"{self.x(frequency)} {self.y(power)}"
            for frequency, power in zip(self.frequencies, powers, strict=True)
            if math.isfinite(power)
        ]
        return "M" + "L".join(points) if points else ""

    def band(self, natural: NaturalSpectrum) -> str:
        """SVG path around the natural images' 5-95 % range."""
        back = zip(reversed(self.frequencies), reversed(natural.high), strict=True)
        return self.line(natural.low) + "".join(f"L{self.x(f)} {self.y(power)}" for f, power in back) + "z"

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        """Coordinate and text."""
        first, last = self.frequencies[0] * 0.999, self.frequencies[-1] * 1.001
        return [(self.x(f), text) for f, text in FREQUENCIES if first <= f <= last]

    @property
    def y_ticks(self) -> list[tuple[float, int]]:
        """Coordinate and power of ten; at most six."""
        decades = range(math.ceil(self.low), math.floor(self.high) + 1)
        step = max(1, math.ceil(len(decades) / 6))
        return [(self.y(decade), decade) for decade in decades if decade % step == 0]


def spectrum_chart(natural: NaturalSpectrum | None, spectra: Iterable[list[float]]) -> SpectrumChart | None:
    """The frame that holds the natural band and all `spectra`; None without natural images."""
    if natural is None or len(natural.frequencies) < 2 or natural.frequencies[0] <= 0:
        return None
    powers = [
        power for line in (natural.low, natural.high, *spectra) for power in line if math.isfinite(power)
    ]
    low, high = min(powers), max(powers)
    return SpectrumChart(
        tuple(natural.frequencies), math.floor(low), max(math.ceil(high), math.floor(low) + 1)
    )
