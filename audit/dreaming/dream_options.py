"""What is asked of `audit dream`, from the words and numbers of the command line or of Python."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit.classifier import Classifier
from audit.dreaming.ascent import DreamSettings
from audit.dreaming.film import ZoomSettings
from audit.errors import ConfigError
from audit.report.animation import require
from audit.report.page import slug


@dataclass(frozen=True)
class DreamOrder:
    """What to dream of, how, and where to."""

    photo: str
    """A file, or `noise`."""
    out: Path
    command: str
    layers: Sequence[str] = ()
    """Units as `audit.units.unit_names.parse` reads them; none: the series from low to high."""
    guide: Path | None = None
    side: int | None = None
    settings: DreamSettings = field(default_factory=DreamSettings)
    zoom: ZoomSettings | None = None
    seed: int = 0


def order(
    photo: str | Path,
    classifier: Classifier,
    *,
    layer: str | Sequence[str],
    guide: str | Path | None,
    side: int | None,
    octaves: int,
    iterations: int,
    strength: float,
    zoom: int,
    zoom_by: float,
    turn: float,
    save: str | Sequence[str],
    back_and_forth: bool,
    seed: int,
    out: str | Path | None,
    command: str | None,
) -> DreamOrder:
    """Arguments as of `audit.dream`. ConfigError: a number is out of range; OutputError: a format."""
    _within("--octaves", octaves, 1, 12)
    _within("--iterations", iterations, 1, 10_000)
    _within("--strength", strength, 0, 100)
    _within("--zoom", zoom, 0, 100_000)
    _within("--zoom-by", zoom_by, -20, 100)
    _within("--turn", turn, -180, 180)
    kinds = [save] if isinstance(save, str) else save
    usual = DreamSettings()
    return DreamOrder(
        photo=str(photo),
        out=Path(out) if out is not None else _folder(classifier, photo),
        command=command or f"audit.dream({str(photo)!r}, {classifier.spec!r}, ...)",
        layers=[layer] if isinstance(layer, str) else layer,
        guide=None if guide is None else Path(guide),
        side=side,
        settings=DreamSettings(octaves=octaves, iterations=iterations, step=usual.step * strength),
        zoom=ZoomSettings(zoom, 1 + zoom_by / 100, turn, [require(kind) for kind in kinds], back_and_forth)
        if zoom
        else None,
        seed=seed,
    )


def _folder(classifier: Classifier, photo: str | Path) -> Path:
    return Path("reports") / f"dream-{classifier.name}-{slug(Path(photo).stem)[:40] or 'photograph'}"


def _within(flag: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigError(f"expected a number from {low:g} to {high:g}, got {value:g}", where=flag)
