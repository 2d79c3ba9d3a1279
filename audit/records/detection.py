"""How often the checks of changes find planted flaws, and how often they suspect a clean network."""

from pydantic import Field

from audit.records.estimates import Proportion
from audit.records.record import Record


class DetectionRate(Record):
    """One kind of flaw, planted in networks whose flaw and class are known."""

    flaw: str
    """In words."""
    covers: str = ""
    """Key of the blind spot that it belongs to; empty where no check covers it."""
    found: Proportion
    """Networks whose planted class was suspected or verified."""
    verified: Proportion | None = None
    """Of them, those whose class was verified; None where it was not counted."""


class Detection(Record):
    """Measured once, on networks that travel with no run."""

    rates: list[DetectionRate]
    false_alarms: Proportion | None
    """Clean networks, none of which was used for the null table that judged it, with any suspicion."""
    clean: list[DetectionRate] = Field(default_factory=list[DetectionRate])
    """The same of all and by number of classes, with those that have any class verified."""
    provenance: str
    """Which networks, and how they were judged."""
