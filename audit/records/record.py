"""What all records share: immutable, and strict about what they hold.

JSON has no NaN and no infinity (RFC 8259). A number that is not finite stands as one of the strings "NaN",
"Infinity" and "-Infinity": what is written is strict JSON, can be read back as it was, and is not taken for a
number that was not measured (null). The schema admits these strings wherever it admits a fraction. What such
numbers mean: `audit.classifier.margins`.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

NOT_FINITE = ("NaN", "Infinity", "-Infinity")
"""As pydantic writes them and reads them."""


class Record(BaseModel):
    """An immutable record; unknown fields are an error, so that a version that differs is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class UnitBody(Record):
    """What a unit of work gave."""

    def narrowed(self, places: Mapping[int, int]) -> Self:
        """What it says of some of its items, index then → index now; all of it where more does no harm."""
        return self


class RecordSchema(GenerateJsonSchema):
    """The JSON Schema of records: pydantic's own says "number" also where it writes a string."""

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """A number, or one of the strings for what is none."""
        return {"anyOf": [super().float_schema(schema), {"enum": list(NOT_FINITE)}]}
