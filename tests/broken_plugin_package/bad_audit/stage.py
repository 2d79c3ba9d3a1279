"""A stage that breaks where it is told to."""

from collections.abc import Sequence
from typing import Any

from plugin_package.toy_audit.stage import Mirror, Mirrored

from audit.records.unit_records import UnitRecord
from audit.stages import Computed, Context, Reduced


class Breaking(Mirror):
    """Breaks where it is told to."""

    def __init__(self, where: str = "compute", name: str = "breaking", **changes: Any) -> None:
        self.name, self.where = name, where
        for key, value in changes.items():
            setattr(self, key, value)

    def units(self, context: Context, records: Sequence[UnitRecord]) -> list[tuple[int, ...]]:
        self.perhaps("units")
        return [(index,) for index in context.classes]

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Any
    ) -> Computed:
        if items[0] == 2:
            self.perhaps("compute")
        return Computed(Mirrored(probabilities={}, files={}), 0.0)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        self.perhaps("reduce")
        return Reduced()

    def perhaps(self, here: str) -> None:
        if self.where == here:
            raise ZeroDivisionError("no\nluck")


STAGE = Breaking("reduce")
