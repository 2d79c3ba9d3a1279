"""Parts of classes: how well small pieces tell them, which part of their pictures the network answers by."""

from typing import Literal

from pydantic import Field

from audit.records.estimates import Proportion
from audit.records.findings import Agreement
from audit.records.record import Record

Polygon = list[tuple[float, float]]
"""Corners (x, y) in shares of the image's sides, from its upper left corner."""


class ToldByPieces(Record):
    """How well every class is told from others by its best small piece alone, on some photographs."""

    photographs: int
    told: dict[str, list[float]]
    """Region of the image → per class of the network, 0 to 1, by chance .5 (area under the ROC curve)."""
    shown: list[int]
    """Labelled photographs of each class."""


class Pieces(Record):
    """The same of both halves of the photographs."""

    version: int
    """Of how pieces are made: tables of clean networks hold for one."""
    probing: ToldByPieces
    """What suspicion comes from."""
    held_back: ToldByPieces | None
    """What took no part in it; None where parts of classes were not looked at."""


class Appearance(Record):
    """A part on one image."""

    file: str
    """Path of the image inside the run directory."""
    outlined: str
    """Path of the same with the part outlined."""
    origin: Literal["synthesised", "natural"]
    outline: list[Polygon]
    area: float
    """Share of the image."""
    share: float
    """Of all that speaks for the class on this image."""


class Neighbour(Record):
    """A piece of an image of another class that looks like a part to the network."""

    class_index: int
    """Class of the image."""
    file: str
    outlined: str
    origin: Literal["synthesised", "natural"]
    similarity: float
    """Cosine of the penultimate features, seen from the mean of all pieces."""


class Part(Record):
    """What recurs on images of a class and speaks for it."""

    class_index: int
    recurrence: Agreement
    """On how many of the images that were looked at."""
    area: float
    """Mean share of the image, where it appears."""
    share: float
    """Mean share of all that speaks for the class, where it appears."""
    appearances: list[Appearance]
    """Some of them, pictures of the network first."""
    alone: Proportion
    """Appearances that are answered as the class when nothing else is shown."""
    pasted: Proportion
    """Photographs of other classes that are answered as the class once they hold it at its place."""
    plain: Proportion
    """The same with a piece of a third class at the same place: what any paste does."""
    without: Proportion
    """Images of the class that are still answered as it when it is filled; by two of three fills."""
    without_answers: list[tuple[int, int]] = Field(default_factory=list[tuple[int, int]])
    """Other classes that are answered then, and how often; most frequent first."""
    lookalikes: Proportion
    """Pieces of photographs of other classes that look like it to the network, and are answered as the class
    when nothing else is shown: real images without the object that are called by its name."""
    unlike: Proportion
    """The same of all other pieces of those photographs."""
    own_among: int | None = None
    """Place of the class itself among the classes whose photographs it resembles most, from 1 on; None where
    there are no photographs of it."""
    neighbours: list[Neighbour] = Field(default_factory=list[Neighbour])
    """The most similar pieces of images of other classes, one a class."""
