"""The natural images that pictures are measured against, as quantiles of every statistic."""

import base64
import hashlib
import json
import math
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from audit.errors import ImageError, OutputError
from audit.image_stats.all_statistics import STATISTICS
from audit.image_stats.natural_prior import NaturalPrior
from audit.records import BaselineInfo, NaturalSpectrum, StatisticInfo
from audit.records.record import Record

GRID: tuple[float, ...] = (0, 0.25, 0.5, *range(1, 100), 99.5, 99.75, 100)
"""Percent at which quantiles are kept."""
SHOWN = (1, 5, 25, 50, 75, 95, 99)
HASH_BYTES = 8
"""Kept of each photograph's sha256."""


class Baseline(Record):
    """Empirical distribution of every statistic over photographs of one size, and their natural prior."""

    id: str
    height: int
    width: int
    images: int
    provenance: str
    """Which photographs and which path from file to pixels."""
    tables: dict[str, tuple[float, ...] | None]
    """Statistic id → quantiles at `GRID`; None where the statistic is undefined on all photographs."""
    prior: NaturalPrior
    hashes: str
    """First eight bytes of the sha256 of each photograph's file, ascending, together as base64."""

    @cached_property
    def sha256(self) -> str:
        """Hash of everything the baseline holds."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def _known(self) -> frozenset[bytes]:
        packed = base64.b64decode(self.hashes)
        return frozenset(packed[i : i + HASH_BYTES] for i in range(0, len(packed), HASH_BYTES))

    def contains(self, file_hash: str) -> bool:
        """Whether the file with this sha256 (64 hex digits) is one of the baseline's photographs."""
        return bytes.fromhex(file_hash)[:HASH_BYTES] in self._known

    def quantile(self, id: str, q: float) -> float:
        """The value below which `q` percent of the photographs lie; NaN where the statistic is undefined."""
        table = self.tables.get(id)
        return float("nan") if table is None else float(np.interp(q, GRID, table))

    def percentile(self, id: str, values: np.ndarray) -> np.ndarray:
        """Place of `values` [n] among the photographs, 0 to 100 (50: natural median); NaN stays NaN.

        Both tails count as unnatural. 0 and 100 mean: at or beyond the most extreme photograph.
        """
        values = np.asarray(values, dtype=np.float64)
        table = self.tables.get(id)
        if table is None:
            return np.full(values.shape, np.nan)
        quantiles, grid = np.array(table), np.array(GRID)
        place = np.interp(values, quantiles, grid)
        # Where quantiles are tied (a limit of the statistic), the value stands in the middle of the tie.
        first = np.searchsorted(quantiles, values, side="left")
        last = np.searchsorted(quantiles, values, side="right") - 1
        tied = (last > first) & np.isfinite(values)
        place[tied] = (grid[first[tied]] + grid[last[tied]]) / 2
        return np.where(np.isnan(values), np.nan, place)

    def info(self) -> BaselineInfo:
        """The baseline as the report describes it."""
        return BaselineInfo(
            id=self.id,
            height=self.height,
            width=self.width,
            images=self.images,
            provenance=self.provenance,
            sha256=self.sha256,
            spectrum=self._spectrum(),
            statistics=[
                _statistic_info(id, None if self.tables.get(id) is None else self._shown(id))
                for id in STATISTICS
            ],
        )

    def _spectrum(self) -> NaturalSpectrum:
        rows = (self.prior.power_low[0], self.prior.power[0], self.prior.power_high[0])
        low, middle, high = ([round(math.log10(p), 3) for p in row] for row in rows)
        return NaturalSpectrum(frequencies=list(self.prior.frequencies), low=low, middle=middle, high=high)

    def _shown(self, id: str) -> dict[str, float]:
        return {str(q): self.quantile(id, q) for q in SHOWN}

    def save(self, path: Path) -> None:
        """Write the baseline as JSON, one table a line.

        Raises:
            OutputError: the file cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_layout(self.model_dump(mode="json")), encoding="utf-8", newline="\n")
        except OSError as error:
            raise OutputError(
                f"cannot write the baseline ({error.strerror})", where=str(path), fix="give another --out"
            ) from error


def load_file(path: Path) -> Baseline:
    """Read a baseline written by `Baseline.save`.

    Raises:
        ImageError: the file is missing or no baseline.
    """
    fix = "make one with `audit baseline PHOTOS --size S --out FILE`"
    try:
        baseline = Baseline.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ImageError(f"cannot read the baseline ({error.strerror})", where=str(path), fix=fix) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ImageError(
            f"expected a baseline, got {first['msg']} at {place or 'top level'}", where=str(path), fix=fix
        ) from error
    lengths = {len(table) for table in baseline.tables.values() if table is not None}
    if lengths - {len(GRID)}:
        raise ImageError(
            f"expected {len(GRID)} quantiles per statistic, got {sorted(lengths)}", where=str(path), fix=fix
        )
    return baseline


def no_baseline(height: int, width: int) -> BaselineInfo:
    """What the report says where no baseline of this size exists."""
    size = str(height) if height == width else f"{height}x{width}"
    return BaselineInfo(
        id=None,
        height=height,
        width=width,
        images=0,
        provenance=f"No baseline for {width} x {height} px; make one from your own photographs with "
        f"`audit baseline PHOTOS --size {size} --out FILE`.",
        sha256="",
        spectrum=None,
        statistics=[_statistic_info(id, None) for id in STATISTICS],
    )


def _statistic_info(id: str, quantiles: dict[str, float] | None) -> StatisticInfo:
    s = STATISTICS[id]
    return StatisticInfo(id=id, title=s.title, unit=s.unit, constrained=s.constrained, quantiles=quantiles)


def _layout(document: dict[str, object]) -> str:
    """JSON with one entry of each object a line, so that a change of one table is one line of a diff."""
    lines: list[str] = []
    for key, value in document.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
