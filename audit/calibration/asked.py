"""Which tests there are: of each family of changes the scales on which clean networks agree.

A change that destroys most of a picture sends what is left to some class or other in every network: blurred,
shuffled or overlaid with texture, a clean network calls nearly all of it one class. So the turned share is
asked only of changes that leave the picture standing, and of those that take something away only what their
class loses.
"""

from collections.abc import Mapping

from audit.records.probes import ALONE

SCALES: Mapping[str, tuple[str, ...]] = {
    "watermark": ("shift", "turned"),
    "border": ("shift", "turned", "lost"),
    "cast": ("shift", "turned", "lost"),
    "surround": ("shift", "lost"),
    "texture": ("shift", "lost"),
    "sinusoid": ("shift", "turned"),
    "checker": ("shift", "turned"),
    "color": ("lost",),
    "band": ("lost",),
    "shuffle": ("lost",),
    "position": ("lost",),
}
"""Family of the bank → its scales."""
LEFT_OUT = ("without-middle", "mirrored")
"""Not asked: without its middle a picture has no object, and mirrored some objects are others."""


def asked(family: str, scale: str, change: str) -> bool:
    """Whether a change counts in the test of its family on that scale."""
    if change.endswith(ALONE):
        return scale == "told"
    return scale in SCALES.get(family, ()) and change not in LEFT_OUT
