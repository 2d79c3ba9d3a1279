"""What a stage from outside shows: a section of the page and of `results.json` that needs no template.

A title, a note and blocks one below the other, in the manner of the details of Lighthouse's audits.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from audit.records.record import Record

Cell = str | int | float | None


class Table(Record):
    """Rows of numbers and words; None is shown as a dash."""

    kind: Literal["table"] = "table"
    columns: list[str]
    rows: list[list[Cell]]
    units: list[str] = Field(default_factory=list[str])
    """Of each column, "" for none; empty where no column has one."""

    @model_validator(mode="after")
    def _rectangular(self) -> "Table":
        wide = len(self.columns)
        for place, row in enumerate(self.rows):
            if len(row) != wide:
                raise ValueError(f"expected {wide} cells as there are columns, row {place} has {len(row)}")
        if self.units and len(self.units) != wide:
            raise ValueError(f"expected {wide} units as there are columns, got {len(self.units)}")
        return self


class Captioned(Record):
    """A picture of the run and what is to be seen on it."""

    file: str
    """Path inside the run directory, of a `.png` that the stage or an earlier one has written."""
    caption: str


class PictureRow(Record):
    """Pictures side by side."""

    kind: Literal["pictures"] = "pictures"
    pictures: list[Captioned]


class Text(Record):
    """A paragraph; nothing in it is markup."""

    kind: Literal["text"] = "text"
    text: str


class Details(Record):
    """One section."""

    title: str
    note: str = ""
    """One sentence under the title: what is shown, and what it does not say."""
    blocks: list[Annotated[Table | PictureRow | Text, Field(discriminator="kind")]] = Field(
        default_factory=list[Annotated[Table | PictureRow | Text, Field(discriminator="kind")]]
    )

    @property
    def files(self) -> list[str]:
        """The pictures that it shows."""
        rows = [block for block in self.blocks if isinstance(block, PictureRow)]
        return [picture.file for row in rows for picture in row.pictures]
