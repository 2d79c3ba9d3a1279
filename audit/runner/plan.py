"""What a run consists of: stages, their units, and a key for each that changes when its result would."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from audit.measure import STAGES, Context, Stage
from audit.results.units import Items


@dataclass(frozen=True)
class Unit:
    """One piece of work."""

    stage: Stage
    of: Items
    items: tuple[int, ...]
    key: str
    inputs: tuple[tuple[str, str], ...]
    """(stage, key) of the earlier units that it reads."""


def plan(context: Context, stages: Sequence[Stage] = STAGES) -> list[Unit]:
    """All units in the order in which they are computed."""
    units: list[Unit] = []
    for stage in stages:
        settings, of = stage.settings(context), stage.of(context)
        earlier = [unit for unit in units if unit.stage.name in stage.inputs]
        for items in stage.units(context):
            inputs = tuple((unit.stage.name, unit.key) for unit in earlier if _reads(of, items, unit))
            key = _key(stage, settings, _content(of, items, context), inputs, context)
            units.append(Unit(stage, of, items, key, inputs))
    return units


def _reads(of: Items, items: tuple[int, ...], earlier: Unit) -> bool:
    """Whether a unit depends on an earlier one: of the same items, or classes on all photographs."""
    if earlier.of == of:
        return not set(items).isdisjoint(earlier.items)
    return of == "classes"


def _content(of: Items, items: tuple[int, ...], context: Context) -> dict[str, object]:
    """What the items are: classes by index, photographs also by their bytes and labels."""
    if of == "classes":
        return {"classes": items}
    assert context.photos is not None
    entries = [context.photos.entries[i] for i in items]
    return {"photographs": [(e.index, e.sha256, e.label, e.in_baseline) for e in entries]}


def _key(
    stage: Stage,
    settings: dict[str, object],
    items: dict[str, object],
    inputs: tuple[tuple[str, str], ...],
    context: Context,
) -> str:
    identity = context.classifier.identity
    content = {
        "stage": stage.name,
        "version": stage.version,
        "settings": settings,
        **items,
        "inputs": inputs,
        "seed": context.config.seed,
        "weights": identity.weights,
        "probe": identity.probe,
        "input": context.classifier.input.model_dump(exclude={"sources"}),
        "task": context.classifier.task,
        "device": context.classifier.device.type,
        "dtype": context.config.dtype,
    }
    text = json.dumps(content, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
