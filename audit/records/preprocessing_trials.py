"""Records of the question whether photographs reach the network as it expects them."""

from typing import Literal

from audit.records.record import Record


class Trial(Record):
    """One way to prepare photographs, or to read the outputs, tried on all of them."""

    name: str
    """In words: "as given", "blue, green, red", "mean 0.5, std 0.5", "classes in order of their ids"."""
    kind: Literal["as given", "channel order", "scale", "geometry", "labels", "combination"]
    """"combination": several of them, each of which helps on top of the others."""
    flags: str
    """What to add to the command to have it so; empty for "as given", and where it takes a class list that
    was not written because it does not fit."""
    correct: int | None
    """Photographs whose first answer is their label; None without labels."""
    gained: int | None
    """Right here and wrong as given."""
    lost: int | None
    """Wrong here and right as given."""
    confidence: float
    """Mean over photographs of the largest probability."""
    changes: int = 0
    """How many things differ from what was given: scale, channel order, resize, interpolation, class list."""
    best_only: int | None = None
    """Wrong here and right on the trial with most right answers; None without labels."""
    own_only: int | None = None
    """Right here and wrong on that one."""
    by_chance: float | None = None
    """Share of photographs that would be right if the answers, each as frequent as it is, had nothing to do
    with the labels; None without labels of at least two classes."""


class PreprocessingTrials(Record):
    """All trials of a run; the first one is the path as it was given."""

    photographs: int
    labelled: bool
    trials: list[Trial]
    classes_file: str | None
    """File in the run directory with the class list that fits the photographs; None where none was made."""
