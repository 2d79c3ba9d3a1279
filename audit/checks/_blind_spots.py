"""Faults that no check can see, so that silence about them is not taken for health."""

from collections.abc import Iterable

from audit.records import BlindSpot, CheckResult

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


UNMEASURED = "looked for, but how often it is found was not measured"


def blind_spots(results: Iterable[CheckResult], measured: bool = True) -> list[BlindSpot]:
    """What remains unseen: a check takes its entries away only in a run in which it could decide.

    A test that passes does so only where its hits and misses are `measured`: else its silence says nothing.
    """
    covered: set[str] = set()
    silent: set[str] = set()
    for r in results:
        if r.gates and r.outcome in ("passed", "flagged"):
            unknown = r.outcome == "passed" and r.meta.kind == "test" and not measured
            (silent if unknown else covered).update(r.meta.covers)
    return [
        BlindSpot(key=key, text=f"{text} ({UNMEASURED})" if key in silent else text)
        for key, text in BLIND_SPOTS.items()
        if key not in covered
    ]
