"""The JSON Schema of `results.json`."""

from typing import Any

from audit.results import SCHEMA_VERSION, Results
from audit.results.base import RecordSchema


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) that every `results.json` of this version fulfils."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"classifier-audit results {SCHEMA_VERSION}",
        **{key: value for key, value in _schema().items() if key != "title"},
    }


def _schema() -> dict[str, Any]:
    return Results.model_json_schema(mode="serialization", schema_generator=RecordSchema)
