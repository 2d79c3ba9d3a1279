"""The changes of a run that are the same for every network."""

from audit.probes.bank import controls_of, plain
from audit.probes.change import Change
from audit.probes.fitting.fitted_change import FittedChange, controls
from audit.records.probes import ALONE
from audit.stages.stage import Context


def listed(context: Context) -> tuple[Change, ...]:
    """In a fixed order, without their controls; those of the families that the configuration names."""
    families = context.config.probes.families
    every = plain(context.classifier.size, context.classifier.input.channels)
    return tuple(change for change in every if change.family in families)


def own_controls(context: Context, change: Change) -> list[Change]:
    """The controls that a change brings with it."""
    if isinstance(change, FittedChange):
        return [*controls(change, (context.classifier.input.channels, *context.classifier.size))]
    if change.id.endswith(ALONE):
        # What one part tells the others may tell as well: a background has a colour.
        return [other for other in listed(context) if other.id.endswith(ALONE) and other != change]
    return controls_of(change)
