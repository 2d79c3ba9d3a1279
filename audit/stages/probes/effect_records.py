"""Effects as records: all classes of a small network, those that lead on some scale of a large one."""

import numpy as np

from audit.probes.effect import Effect
from audit.records.probes import ChangeEffect

EVERY = 50
"""Classes up to which all are stored."""
LEADING = 20
"""Classes stored of each scale beyond that."""
DIGITS = 4


def recorded(effect: Effect) -> ChangeEffect:
    """What is kept of an effect."""
    classes = _stored(effect)
    return ChangeEffect(
        change=effect.change,
        family=effect.family,
        control_of=effect.control_of,
        classes=classes,
        shift=[round(float(effect.shift[c]), DIGITS) for c in classes],
        turned=[int(effect.turned[c]) for c in classes],
        others=[int(effect.others[c]) for c in classes],
        lost=[int(effect.lost[c]) for c in classes],
        own=[int(effect.own[c]) for c in classes],
        to=[int(effect.to[c]) for c in classes],
        told=None if effect.told is None else [round(float(effect.told[c]), DIGITS) for c in classes],
        shown=None if effect.shown is None else [int(effect.shown[c]) for c in classes],
        # Equal records are equal as Python sees them, which no NaN is.
        accuracy=None
        if np.isnan(effect.accuracy[0])
        else (float(effect.accuracy[0]), float(effect.accuracy[1])),
    )


def _stored(effect: Effect) -> list[int]:
    k = len(effect.shift)
    if k <= EVERY:
        return list(range(k))
    shares = [
        effect.shift,
        effect.turned / np.maximum(effect.others, 1),
        effect.lost / np.maximum(effect.own, 1),
    ]
    shares += [] if effect.told is None else [effect.told]
    leading = [np.argsort(-values, kind="stable")[:LEADING] for values in shares]
    return sorted({int(c) for order in leading for c in order})
