"""The local executor: one process, unit after unit, skipping what is finished."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.measure import Context
from audit.results.units import UnitRecord
from audit.runner.plan import Unit
from audit.runner.store import Store
from audit.synthesis.memory import return_memory


@dataclass(frozen=True)
class Step:
    """What happened last, for whoever shows progress."""

    unit: Unit
    views: float
    """Views just spent."""
    finished: bool
    """Whether this completes the unit."""
    reused: bool
    """Whether the unit was there already."""
    record: UnitRecord | None = None
    """What the unit gave, once it is complete."""


def execute(
    units: Sequence[Unit], context: Context, store: Store, watch: Callable[[Step], None]
) -> dict[str, UnitRecord]:
    """Every unit's record, by key; computes those that are missing or damaged."""
    records: dict[str, UnitRecord] = {}
    for unit in units:
        record = store.load(unit.stage.name, unit.key)
        reused = record is not None
        if record is None:
            record = _compute(unit, context, store, records, watch)
        records[unit.key] = record
        watch(Step(unit, 0.0, True, reused, record))
    return records


def _compute(
    unit: Unit,
    context: Context,
    store: Store,
    records: dict[str, UnitRecord],
    watch: Callable[[Step], None],
) -> UnitRecord:
    began = time.perf_counter()
    inputs = [records[key] for _, key in unit.inputs]
    computed = unit.stage.compute(
        unit.items, context, inputs, lambda views: watch(Step(unit, views, False, False))
    )
    record = UnitRecord(
        stage=unit.stage.name,
        version=unit.stage.version,
        key=unit.key,
        of=unit.of,
        items=list(unit.items),
        files={name: hashlib.sha256(data).hexdigest() for name, data in computed.files.items()},
        views=computed.views,
        seconds=time.perf_counter() - began,
        body=computed.body,
    )
    store.save(record, computed.files)
    return_memory()
    return record
