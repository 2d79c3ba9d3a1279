"""Records of the tuning: recipes tried on a few classes before the pictures are drawn."""

from audit.records.record import Record


class Tried(Record):
    """One recipe against the one that it would replace."""

    name: str
    """In words, as what it changes."""
    changes: dict[str, float | str]
    """Settings of the section `synthesis` that it changes."""
    classes: int
    """How many it was tried on; few where it fell behind early."""
    score: float
    """Mean over them of the own log-probability under harder views than those of the optimisation."""
    against: float
    """The same of the recipe that it would replace, on the same classes."""
    p: float | None
    """One-sided corrected p that its lead is chance (paired t test over classes); None where it fell behind
    before the end."""
    chosen: bool


class Tuning(Record):
    """What was tried and what the pictures are drawn with."""

    pictures: int
    """Drawn for the tuning; none is kept."""
    share: float
    """Views spent, as a share of those of the class pictures."""
    tried: list[Tried]
    chosen: dict[str, float | str]
    """Settings of the section `synthesis` that are overridden; empty: none."""
    said: str
    """What was chosen and why, in one sentence."""
