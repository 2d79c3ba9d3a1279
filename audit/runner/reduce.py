"""What all stages reduce their records to, put together; no stage is known here by its name."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import TypeAdapter

from audit.errors import UserError
from audit.records import ClassResult, Details, Results
from audit.runner.run_stages import StageRun, told
from audit.stages import Context, Reduced

OWN = frozenset(
    (
        *("schema_version", "run", "model", "baseline", "classes", "details"),
        *("checks", "findings", "look_first", "verdict", "detection"),
    )
)
"""Fields of the document that no stage gives."""


@dataclass
class Merged:
    """What the stages say together."""

    run: dict[str, Any] = field(default_factory=dict[str, Any])
    """Field of `Results` → its value."""
    classes: list[ClassResult] = field(default_factory=list[ClassResult])
    details: dict[str, Details] = field(default_factory=dict[str, Details])
    warnings: list[str] = field(default_factory=list[str])
    runs: list[StageRun] = field(default_factory=list[StageRun])
    """The stages, those among them that broke here too."""


def reduced(context: Context, runs: Sequence[StageRun], broke: Callable[[str], None]) -> Merged:
    """Ask each stage that ran; one whose answer cannot be used gives nothing, and is told to `broke`."""
    records = [record for run in runs for record in run.records]
    merged, rows = Merged(), {index: dict[str, Any]() for index in context.classes}
    for run in runs:
        if run.error is None and run.not_run is None:
            try:
                _merge(run.stage.name, run.stage.reduce(context, records), context, merged, rows)
            except UserError:
                raise
            # As when it computes: whatever it raises is its own.
            except Exception as error:
                run = replace(run, error=f"its records cannot be put together: {told(error)}")
                broke(f"stage {run.stage.name} failed: {run.error}")
        merged.runs.append(run)
    for index, row in rows.items():
        merged.classes.append(_class(context, index, row))
    return merged


def _merge(
    name: str, own: Reduced, context: Context, merged: Merged, rows: dict[int, dict[str, Any]]
) -> None:
    """All of it or nothing."""
    fields = {key: _field(key, value, merged.run) for key, value in own.run.items()}
    added: dict[int, dict[str, Any]] = {}
    for index in (index for index in own.classes if index in rows):
        checked = _class(context, index, own.classes[index])
        added[index] = {
            key: _joined(key, rows[index].get(key), getattr(checked, key)) for key in own.classes[index]
        }
    if own.details is not None:
        _require_pictures(own.details, context.folder)
        merged.details[name] = own.details
    merged.run |= fields
    merged.warnings += own.warnings
    for index, row in added.items():
        rows[index] |= row


def _class(context: Context, index: int, row: Mapping[str, Any]) -> ClassResult:
    start: dict[str, Any] = {"pictures": [], "agreement": None, "statistics": {}}
    return ClassResult(label=context.classifier.classes[index], **{**start, **row})


def _field(name: str, value: object, given: Mapping[str, Any]) -> Any:
    if name not in Results.model_fields or name in OWN:
        raise ValueError(f"the results have no field {name!r} for stages")
    if name in given:
        raise ValueError(f"another stage gives the field {name!r} of the results")
    return _adapter(name).validate_python(value)


@functools.cache
def _adapter(name: str) -> TypeAdapter[Any]:
    kind: Any = Results.model_fields[name].annotation
    return TypeAdapter(kind)


def _joined(name: str, before: Any, value: Any) -> Any:
    """What two stages say of one field of a class."""
    if before is None or value is None:
        return before if value is None else value
    if isinstance(value, list):
        return [*before, *value]
    if isinstance(value, dict):
        return {**before, **value}
    if isinstance(value, str):
        return f"{before} {value}"
    raise ValueError(f"another stage gives the field {name!r} of a class")


def _require_pictures(details: Details, folder: Path) -> None:
    """ValueError where a picture cannot be shown."""
    for file in details.files:
        path = folder / file
        if path.suffix != ".png" or not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"expected a .png of the run, got {file!r}")
        try:
            with Image.open(path, formats=["PNG"]) as picture:
                picture.load()
        except OSError as error:
            raise ValueError(f"picture {file!r} cannot be read ({error})") from error
