"""The local executor: one process, unit after unit, skipping what is finished."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.records.unit_records import UnitRecord
from audit.runner.plan import Unit
from audit.runner.store import Store
from audit.stages import Context
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
    records: tuple[UnitRecord, ...] = ()
    """What the unit gave, once it is complete."""


def execute(
    units: Sequence[Unit],
    context: Context,
    store: Store,
    watch: Callable[[Step], None],
    known: dict[str, UnitRecord] | None = None,
) -> dict[str, tuple[UnitRecord, ...]]:
    """Each unit's records, by its key; computes the items that no intact record holds.

    Records hold the unit's items and no others, though they may have been computed beside others. `known`,
    which grows, are the records of earlier items that units read, by the items' keys.
    """
    finished: dict[str, tuple[UnitRecord, ...]] = {}
    known = {} if known is None else known
    stored: dict[str, dict[str, UnitRecord]] = {}
    for unit in units:
        name = unit.stage.name
        if name not in stored:
            stored = {
                name: store.stored(name, unit.stage.body)
            }  # of one stage at a time: old records may be many
        here = {key: stored[name][key] for key in unit.keys if key in stored[name]}
        missing = unit.only(set(unit.keys) - here.keys())
        if missing.items:
            record = _compute(missing, context, store, _read(missing, known), watch)
            here.update(dict.fromkeys(missing.keys, record))
        known.update(here)
        finished[unit.key] = tuple(_narrowed(unit, here))
        reused = missing.items != unit.items
        watch(Step(unit, 0.0, True, reused, finished[unit.key]))
    return finished


def _read(unit: Unit, known: Mapping[str, UnitRecord]) -> list[UnitRecord]:
    """The records that a unit reads, each once."""
    keys = [*unit.shared, *(key for item in unit.reads for key in item)]
    return list({known[key].key: known[key] for key in keys}.values())


def _narrowed(unit: Unit, here: Mapping[str, UnitRecord]) -> Iterable[UnitRecord]:
    """The records of a unit, each cut to the unit's items."""
    wanted: dict[str, dict[str, int]] = {}
    for item, key in zip(unit.items, unit.keys, strict=True):
        wanted.setdefault(here[key].key, {})[key] = item
    by_key = {record.key: record for record in here.values()}
    return [by_key[key].narrowed(items) for key, items in wanted.items()]


def _compute(
    unit: Unit, context: Context, store: Store, inputs: Sequence[UnitRecord], watch: Callable[[Step], None]
) -> UnitRecord:
    began = time.perf_counter()
    context.checkpoint.begin(store.unfinished(unit.stage.name, unit.key))
    computed = unit.stage.compute(
        unit.items, context, inputs, lambda views: watch(Step(unit, views, False, False))
    )
    if not isinstance(computed.body, unit.stage.body):
        got, wanted = type(computed.body).__name__, unit.stage.body.__name__
        raise TypeError(f"expected a {wanted} from the stage {unit.stage.name}, as it says, got a {got}")
    record = UnitRecord(
        stage=unit.stage.name,
        version=unit.stage.version,
        key=unit.key,
        of=unit.of,
        items=list(unit.items),
        keys=list(unit.keys),
        files={name: hashlib.sha256(data).hexdigest() for name, data in computed.files.items()},
        views=computed.views,
        seconds=context.checkpoint.before + time.perf_counter() - began,
        body=computed.body,
    )
    store.save(record, computed.files)
    context.checkpoint.end()
    return_memory()
    return record
