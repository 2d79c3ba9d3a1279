"""What a run's settings cannot give a check, so that it cannot pass: said before anything is computed.

A check that needs something of the settings offers `lacks(config, limits, photographs)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.checks import _null
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


def no_table(photographs: bool) -> list[Lack]:
    """What clean networks show, without which nothing is suspected."""
    if _null.shipped("photographs" if photographs else "scenes") is not None:
        return []
    return [Lack("there is no table of what clean networks show", "")]


def probing(config: Config, families: Sequence[str], photographs: bool) -> list[Lack]:
    """Photographs, and changes of these families on them."""
    lacking = [] if photographs else [NO_PHOTOGRAPHS]
    lacking += no_table(photographs)
    if not config.probes.photographs:
        lacking.append(Lack("no photograph is changed", "--set probes.photographs=200"))
    elif not {*config.probes.families, *config.probes.fitted} & set(families):
        names = " or ".join(families)
        lacking.append(
            Lack(f"no change of the kind {names} is made", f'--set probes.families=["{families[0]}"]')
        )
    return lacking
