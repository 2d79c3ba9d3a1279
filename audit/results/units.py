"""Records of finished units of work, as they lie under `units/`."""

from typing import Literal

from audit.results.base import Record
from audit.results.pictures import ClassPictures


class PicturesUnit(Record):
    """Pictures of a few classes, with or without prior."""

    kind: Literal["pictures"] = "pictures"
    pictures: list[ClassPictures]


class StatisticsUnit(Record):
    """Statistics of the pictures of a few classes."""

    kind: Literal["statistics"] = "statistics"
    values: dict[str, dict[str, float | None]]
    """Picture file → statistic id → value; None where undefined."""


class UnitRecord(Record):
    """One finished unit."""

    stage: str
    version: int
    key: str
    classes: list[int]
    files: dict[str, str]
    """Files the unit wrote, path inside the run directory → sha256."""
    views: float
    seconds: float
    """Time it took: all that differs when the unit is computed again on the same machine."""
    body: PicturesUnit | StatisticsUnit
