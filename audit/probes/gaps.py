"""How far one class stands out in what a change does, over the next class and over the change's controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audit.probes.effect import Counts, Effect, Floats

Scale = Literal["shift", "turned", "lost"]
SCALES: tuple[Scale, ...] = ("shift", "turned", "lost")

FEWEST = 5
"""Shares of fewer photographs than this are not compared."""
SMALLEST = 0.01
"""Least standard deviation that a value is compared with: all other shares may be 0."""


@dataclass(frozen=True)
class Gap:
    """One change on one scale.

    Attributes:
        change: id of the change.
        family: its family.
        scale: `shift` in standard deviations of the logits, `turned` and `lost` as shares of photographs.
        target: the class with the largest value; -1 where no class can be compared.
        value: its value.
        second: the next class, -1 where there is none.
        gap: the value less that of the second.
        deviation: the value less the mean of the other classes, in their standard deviations. Of a thousand
            classes several are kin and rise together, so that the gap is small where this is large.
        controls: the value of the same class under each control that was measured, by the kind of control.
    """

    change: str
    family: str
    scale: Scale
    target: int
    value: float
    second: int
    gap: float
    deviation: float
    controls: dict[str, float]

    @property
    def control(self) -> float | None:
        """The largest value of the same class under a control; None where no control was measured."""
        return max(self.controls.values(), default=None)

    @property
    def excess(self) -> float | None:
        """The value over the worst control's."""
        control = self.control
        return None if control is None else self.value - control


def values(effect: Effect, scale: Scale) -> Floats:
    """`[k]` the effect on that scale; nan for a share of too few photographs."""
    if scale == "shift":
        return np.where(effect.others >= FEWEST, effect.shift, np.nan).astype(np.float32)
    if scale == "turned":
        return _share(effect.turned, effect.others)
    return _share(effect.lost, effect.own)


def gaps(measured: Sequence[Effect]) -> list[Gap]:
    """Three gaps for each change that is no control, in the order of the effects."""
    controls: dict[str, list[Effect]] = {}
    for effect in measured:
        if effect.control_of is not None:
            controls.setdefault(effect.control_of, []).append(effect)
    return [
        _gap(effect, scale, controls.get(effect.change, []))
        for effect in measured
        if effect.control_of is None
        for scale in SCALES
    ]


def _gap(effect: Effect, scale: Scale, controls: Sequence[Effect]) -> Gap:
    own = values(effect, scale)
    known = np.flatnonzero(~np.isnan(own))
    order = known[np.argsort(-own[known], kind="stable")]
    if not len(order):
        return Gap(effect.change, effect.family, scale, -1, 0.0, -1, 0.0, 0.0, {})
    target = int(order[0])
    second = int(order[1]) if len(order) > 1 else -1
    return Gap(
        change=effect.change,
        family=effect.family,
        scale=scale,
        target=target,
        value=float(own[target]),
        second=second,
        gap=float(own[target] - own[second]) if second >= 0 else 0.0,
        deviation=_deviation(own[order]),
        controls={
            control.change.rpartition("~")[2]: float(values(control, scale)[target]) for control in controls
        },
    )


def _deviation(falling: Floats) -> float:
    """Of the first value from the others."""
    others = falling[1:]
    if len(others) < 2:
        return 0.0
    return float((falling[0] - others.mean()) / max(float(others.std()), SMALLEST))


def _share(part: Counts, whole: Counts) -> Floats:
    return np.where(whole >= FEWEST, part / whole.clip(1), np.nan).astype(np.float32)
