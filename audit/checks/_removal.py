"""Which changes take a cue away: what a class loses under them, it rested on."""

from audit.records import CausalTest
from audit.records.probes import ALONE

REMOVES = ("color", "shuffle", "band", "position")
"""Families that only take something away from photographs. So do changes of other families that are called
`without-`; those called `around-` also put another ground there."""


def removes(test: CausalTest) -> bool:
    """Whether the change takes a cue away; the middle is the object, and no cue."""
    away = only_removes(test) or test.change.startswith("around-")
    return away and test.change != "without-middle" and not alone(test)


def only_removes(test: CausalTest) -> bool:
    """Whether it puts nothing in the place of what it takes away."""
    return test.family in REMOVES or test.change.startswith("without-") or alone(test)


def alone(test: CausalTest) -> bool:
    """Whether it leaves a part of the picture, without the object: what the class loses then says nothing."""
    return test.change.endswith(ALONE)
