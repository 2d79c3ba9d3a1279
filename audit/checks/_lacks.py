"""What a run's settings cannot give a check, so that it cannot pass: said before anything is computed.

A check that needs something of the settings offers `lacks(config, limits, photographs)`.
"""

from dataclasses import dataclass

from audit.checks._limit import restarts_needed
from audit.checks._reader import count
from audit.config import Config


@dataclass(frozen=True)
class Lack:
    """One thing that is missing."""

    why: str
    setting: str
    """What gives it, as on the command line; empty where no setting does."""


NO_PHOTOGRAPHS = Lack("there are no photographs", "--images FOLDER")


def restarts(config: Config, limit: float) -> list[Lack]:
    """The restarts that a share needs to be told from `limit`."""
    given, needed = config.synthesis.restarts, restarts_needed(limit)
    if needed is None:
        return [Lack(f"no number of restarts can decide against a limit of {limit:.0%}", "")]
    if given >= needed:
        return []
    why = f"{count(given, 'restart')} per class {'is' if given == 1 else 'are'} too few to decide"
    return [Lack(why, f"--set synthesis.restarts={needed}")]
