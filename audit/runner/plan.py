"""What a run consists of: stages, their units, and a key for each that changes when its result would."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from audit.measure import STAGES, Context, Stage


@dataclass(frozen=True)
class Unit:
    """One piece of work."""

    stage: Stage
    classes: tuple[int, ...]
    key: str
    inputs: tuple[tuple[str, str], ...]
    """(stage, key) of the earlier units that it reads."""


def plan(context: Context, stages: Sequence[Stage] = STAGES) -> list[Unit]:
    """All units in the order in which they are computed."""
    units: list[Unit] = []
    for stage in stages:
        settings = stage.settings(context)
        for classes in stage.units(context):
            inputs = tuple(
                (unit.stage.name, unit.key)
                for unit in units
                if unit.stage.name in stage.inputs and set(unit.classes) & set(classes)
            )
            units.append(Unit(stage, classes, _key(stage, settings, classes, inputs, context), inputs))
    return units


def _key(
    stage: Stage,
    settings: dict[str, object],
    classes: tuple[int, ...],
    inputs: tuple[tuple[str, str], ...],
    context: Context,
) -> str:
    identity = context.classifier.identity
    content = {
        "stage": stage.name,
        "version": stage.version,
        "settings": settings,
        "classes": classes,
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
