"""What all records share: immutable, and strict about what they hold."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record; unknown fields are an error, so that a version that differs is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")
