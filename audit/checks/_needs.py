"""What a check needs of a run before it can pass: said before anything is computed.

A check that needs something offers `needs(config, photographs)`.
"""

from dataclasses import dataclass

from audit.checks._limit import restarts_needed
from audit.checks._measurements import count
from audit.config import Config


@dataclass(frozen=True)
class Need:
    """One thing that is missing."""

    why: str
    setting: str
    """What gives it, as on the command line; empty where no setting does."""


NO_PHOTOGRAPHS = Need("there are no photographs", "--images FOLDER")


def restarts(config: Config, limit: float) -> list[Need]:
    """The restarts that a share needs to be told from `limit`."""
    given, needed = config.synthesis.restarts, restarts_needed(limit)
    if needed is None:
        return [Need(f"no number of restarts settles a share against {limit:.0%}", "")]
    if given >= needed:
        return []
    why = f"{count(given, 'restart')} per class cannot settle a share against {limit:.0%}"
    return [Need(why, f"--set synthesis.restarts={needed}")]
