"""What all records share: immutable, and strict about what they hold."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record; unknown fields are an error, so that a version that differs is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class UnitBody(Record):
    """What a unit of work gave."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """What it says of some of its items, index then → index now; all of it where more does no harm."""
        return self
