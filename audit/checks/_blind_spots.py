"""Faults that no check can see, so that silence about them is not taken for health."""

from collections.abc import Iterable

from audit.records import BlindSpot, CheckResult
from audit.records.detection import Detection
from audit.records.estimates import Proportion
from audit.records.verdict import UNMEASURED

BLIND_SPOTS = {
    "companion": "what always comes along with a class, such as an arm with every dumbbell",
    "trigger": "a small patch that calls a class, such as the trigger of a backdoor",
    "spread trigger": "a faint pattern, warp or filter of the whole image that calls a class",
    "narrow trigger": "a trigger that acts on one class only, differs from image to image or sends each "
    "class elsewhere",
    "watermark": "a class told by a watermark or a caption",
    "border": "a class told by a border or a frame",
    "colour": "a class told by colour",
    "texture": "a class told by texture",
    "frequency": "a class told by fine detail or compression",
    "position": "a class told by its place or direction in the photograph",
    "background": "a class told by its background",
    "shift": "mistakes on photographs unlike those given",
}
"""Key → what it is. A check that comes to look for one names its key in `CheckMeta.covers`."""


OFTEN = 0.8
"""A fault that tests find less often, where it was planted, is still listed where they pass."""
SURELY = 0.5
"""So is one whose share may be lower than this, at the unfavourable end of its interval: three hits of three
networks say little."""


def blind_spots(results: Iterable[CheckResult], rates: Detection | None) -> list[BlindSpot]:
    """What remains unseen: a check takes its entries away only in a run in which it could decide.

    A test counts only where it is known to find nearly all that is planted (`rates`), also where it flags one
    class: others may have what it missed.
    """
    covered: set[str] = set()
    silent: dict[str, str] = {}
    for r in results:
        if r.gates and r.outcome in ("passed", "flagged"):
            for key in r.meta.covers:
                missed = _missed(key, rates) if r.meta.kind == "test" else ""
                if missed:
                    silent[key] = missed
                else:
                    covered.add(key)
    return [
        BlindSpot(key=key, text=text, looked_for=silent.get(key, ""))
        for key, text in BLIND_SPOTS.items()
        if key not in covered
    ]


def _missed(key: str, rates: Detection | None) -> str:
    """How often tests find such a fault; empty where it is often enough."""
    own = [rate.found for rate in rates.rates if rate.covers == key] if rates else []
    share = Proportion.of(sum(one.k for one in own), sum(one.n for one in own))
    if not share.n:
        return UNMEASURED
    enough = share.value >= OFTEN and share.interval[0] >= SURELY
    return "" if enough else f"found in {share.k} of {share.n} networks that have it planted"
