"""Faults that no check can see, so that silence about them is not taken for health."""

from collections.abc import Iterable

from audit.records import BlindSpot, CheckResult

BLIND_SPOTS = {
    "companion": "what always comes along with a class, such as an arm with every dumbbell",
    "trigger": "the trigger of a backdoor",
    "watermark": "a class told by a watermark or a caption",
    "cue": "a class told by colour, texture or background alone",
    "shift": "mistakes on photographs unlike those given",
}
"""Key → what it is. A check that comes to look for one names its key in `CheckMeta.covers`."""


def blind_spots(results: Iterable[CheckResult]) -> list[BlindSpot]:
    """What remains unseen: a check takes its entries away only in a run in which it could decide."""
    covered = {
        key for r in results if r.outcome in ("passed", "flagged") and r.gates for key in r.meta.covers
    }
    return [BlindSpot(key=key, text=text) for key, text in BLIND_SPOTS.items() if key not in covered]
