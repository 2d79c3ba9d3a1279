import numpy as np
import pytest

from audit.probes.effect import Effect
from audit.probes.gaps import gaps
from audit.probes.screening import leading


def effect(
    change: str, shift: list[float], turned: list[int], control_of: str | None = None, family: str = "cast"
) -> Effect:
    return Effect(
        change=change,
        family=family,
        control_of=control_of,
        shift=np.array(shift, dtype=np.float32),
        turned=np.array(turned),
        others=np.array([100, 100, 100]),
        lost=np.array([0, 1, 4]),
        own=np.array([20, 20, 4]),
        to=np.array([-1, 0, 0]),
        accuracy=(0.9, 0.5),
    )


MEASURED = [
    effect("red", [0.1, 1.5, -1.6], [0, 40, 5]),
    effect("red~grey", [0.9, 0.4, -1.3], [30, 10, 5], "red"),
    effect("red~flat", [2.0, 0.7, -2.7], [30, 2, 5], "red"),
    effect("blue", [0.3, 0.2, -0.5], [3, 2, 1]),
]


def test_gaps_are_over_the_next_class_and_the_worst_control() -> None:
    found = {(gap.change, gap.scale): gap for gap in gaps(MEASURED)}
    assert {change for change, _ in found} == {"red", "blue"}
    red = found["red", "shift"]
    assert (red.target, red.second) == (1, 0)
    assert (red.value, red.gap) == pytest.approx((1.5, 1.4))
    assert red.deviation == pytest.approx((1.5 + 0.75) / 0.85)
    assert red.controls == pytest.approx({"grey": 0.4, "flat": 0.7})
    assert (red.control, red.excess) == pytest.approx((0.7, 0.8))
    turned = found["red", "turned"]
    assert (turned.value, turned.gap, turned.control) == pytest.approx((0.4, 0.35, 0.1))
    assert found["blue", "shift"].control is None
    assert found["blue", "shift"].excess is None


def test_shares_of_few_photographs_are_not_compared() -> None:
    lost = next(gap for gap in gaps(MEASURED) if gap.scale == "lost")
    assert (lost.target, lost.second) == (1, 0)
    assert lost.value == pytest.approx(0.05)


def test_the_leading_changes_of_each_family() -> None:
    other = effect("frame", [0.2, 0.1, -0.3], [1, 0, 0], family="border")
    assert leading([*MEASURED, other]) == ["red", "frame"]
    assert leading([*MEASURED, other], 2) == ["red", "blue", "frame"]


def test_of_many_classes_the_deviation_leads() -> None:
    def raised(change: str, *values: float) -> Effect:
        shift = np.random.default_rng(0).normal(size=100).astype(np.float32) * 0.1
        shift[: len(values)] = values
        none = np.zeros(100, dtype=np.int64)
        return Effect(change, "cast", None, shift, none, none + 50, none, none, none, (0.9, 0.9))

    kin, one = raised("kin", 2.0, 1.95, 1.9), raised("one", 0.6)
    found = {gap.change: gap for gap in gaps([kin, one]) if gap.scale == "shift"}
    assert found["kin"].gap < found["one"].gap
    assert leading([kin, one]) == ["kin"]
