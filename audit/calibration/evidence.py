"""What all tests together say of a class.

A planted cue shows in several tests at once, and all of them name the same class; what a clean network shows
by chance is scattered over its classes. So the chances of a class's tests are multiplied, as Fisher (1932,
"Statistical methods for research workers", section 21.1) combines independent ones. Tests of one cue depend
on each other, so only the best of each group counts, and only the three best groups, since a network has one
cue and not ten. Of two or three classes only the best group: there most changes send pictures to the class
that is answered by default, so many tests name it in clean networks too, and a flaw is what one test shows
beyond all of them. Chances that any network has say nothing and count nothing. How large the evidence of the
leading class is in clean networks is counted (`audit.calibration.joint`), so none of this has to be exact.
"""

import math
from collections.abc import Iterable, Mapping

from audit.calibration.scores import FEW

GROUPS = {
    "patch": ("patch", "moving-patch", "checker"),
    "spread": ("spread", "blend", "warp", "filter", "sinusoid", "wave"),
    "colour": ("color-map", "cast", "color", "tone"),
    "border": ("border",),
    "ground": ("surround",),
    "watermark": ("watermark",),
    "texture": ("texture",),
    "band": ("band",),
    "shuffle": ("shuffle",),
    "position": ("position",),
    "part": ("edge-piece",),
}
"""Cue → families of changes that show it. Tests of no family (rows, margins) are one group more."""
_GROUP_OF = {family: group for group, families in GROUPS.items() for family in families}
BEST, BEST_OF_FEW = 3, 1
"""Groups of tests that count; of few classes."""
USUAL = 1.0
"""Minus log chance that counts nothing: a chance of .37 or more."""
NEXT, NEXT_OF_FEW = 0.75, 0.5
"""Share of the next class's evidence that is taken off: a brittle network has some for several classes."""
USUAL_NEXT, USUAL_NEXT_OF_FEW = 5.0, 3.0
"""No more than this counts of the next class's: 98 % of the clean networks of the tuning half have less. What
has more is no brittle network but one with two flaws, and neither may hide the other."""


def group_of(test: str) -> str:
    """The cue that a test is about; "network" for one of no family."""
    return _GROUP_OF.get(test.partition("-")[2], "network")


def evidence(chances: Iterable[tuple[str, int, float]], k: int) -> dict[int, float]:
    """Of (test, class, chance) in a network of `k` classes: class → its evidence, less a share of that of the
    best other class."""
    few = k <= FEW
    most = BEST_OF_FEW if few else BEST
    share, usual = (NEXT_OF_FEW, USUAL_NEXT_OF_FEW) if few else (NEXT, USUAL_NEXT)
    best: dict[int, dict[str, float]] = {}
    for test, class_index, chance in chances:
        weight = -math.log(max(chance, 1e-300)) - USUAL
        if weight > 0:
            own = best.setdefault(class_index, {})
            own[group_of(test)] = max(own.get(group_of(test), 0.0), weight)
    sums = {index: sum(sorted(own.values())[-most:]) for index, own in best.items()}
    return {index: own - share * min(_largest_but(sums, index), usual) for index, own in sums.items()}


def _largest_but(sums: Mapping[int, float], index: int) -> float:
    return max((value for other, value in sums.items() if other != index), default=0.0)
