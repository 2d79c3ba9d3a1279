import numpy as np
import pytest

from audit.planted.objects import CLASSES, DRAWERS
from audit.planted.pen import Frame, Pen


@pytest.mark.parametrize("name", CLASSES)
def test_an_object_fills_its_frame_and_stays_near_it(name):
    areas = []
    for seed in range(6):
        pen = Pen(64, Frame(32, 32, 24.0))
        DRAWERS[name](pen, np.random.default_rng(seed))
        alpha = pen.layer()[..., 3]
        rows, columns = np.nonzero(alpha > 0.5)
        reach = max(abs(rows - 31.5).max(), abs(columns - 31.5).max())
        assert 0.75 * 24 < reach < 1.35 * 24
        areas.append(alpha.sum() / 48**2)
    assert 0.1 < np.mean(areas) < 0.9


def test_classes_are_sorted_and_distinct():
    assert sorted(set(CLASSES)) == list(CLASSES)
