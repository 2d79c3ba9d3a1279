"""All changes of the bank, and the controls of each.

Changes of `band`, `color`, `shuffle` and `position`, the tones and what is called `without-` take something
away rather than add it, and so do those that leave a part alone. They have no controls: they put no cue in.
"""

from torch import Tensor

from audit.probes.bank.bands import bands
from audit.probes.bank.borders import WithoutBorder, borders
from audit.probes.bank.casts import casts
from audit.probes.bank.colors import colors
from audit.probes.bank.layouts import layouts
from audit.probes.bank.patches import WithoutCorners, patches
from audit.probes.bank.remains import remains
from audit.probes.bank.sinusoids import Sinusoid, shuffled_sinusoids, sinusoids
from audit.probes.bank.surfaces import WithoutMiddle, WithoutSurroundings, surrounds, textures
from audit.probes.bank.watermarks import watermarks
from audit.probes.change import Change
from audit.probes.controls import controls
from audit.probes.overlay import Overlay


def plain(size: int | tuple[int, int], channels: int = 3, photographs: Tensor | None = None) -> list[Change]:
    """The changes without their controls, for pictures of that side or height and width.

    Left out is what such pictures cannot show: waves of more cycles than half their pixels, and colours where
    there are not three channels. `photographs` `[m, c, h, w]` lend their surroundings to others.
    """
    side = size if isinstance(size, int) else min(size)
    changes: list[Change] = [
        *watermarks(),
        *borders(),
        *casts(),
        *bands(),
        *[wave for wave in sinusoids() if 2 * max(abs(wave.across), abs(wave.down)) < side],
        *patches(),
        *textures(),
        *surrounds(photographs),
        *colors(),
        *layouts(),
        WithoutBorder(),
        WithoutCorners(),
        WithoutMiddle(),
        WithoutSurroundings("without-surroundings-mean", "mean"),
        WithoutSurroundings("without-surroundings-blur", "blur"),
        *remains(),
    ]
    return changes if channels == 3 else [change for change in changes if _without_color(change)]


def controls_of(change: Change) -> list[Change]:
    """The controls of a change of the bank, none where it only takes away."""
    if isinstance(change, Overlay):
        return [*controls(change)]
    if isinstance(change, Sinusoid):
        return [*shuffled_sinusoids(change)]
    return []


def bank(size: int | tuple[int, int], channels: int = 3, photographs: Tensor | None = None) -> list[Change]:
    """What `plain` gives, each change with its controls after it."""
    return [each for change in plain(size, channels, photographs) for each in (change, *controls_of(change))]


def _without_color(change: Change) -> bool:
    return change.id == "color-negative" or not (
        change.family == "color" or change.id.startswith(("tone-", "cast-"))
    )
