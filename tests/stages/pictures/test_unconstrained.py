from pathlib import Path

import numpy as np
import pytest
import tiny

from audit.stages.pictures.drawing_stages import Unconstrained
from audit.stages.stage import even_sample


@pytest.mark.parametrize("total, count", [(1000, 100), (1000, 7), (10, 9), (3, 2), (5, 1), (97, 50)])
def test_an_even_sample(total: int, count: int) -> None:
    sample = even_sample(range(total), count)
    assert len(sample) == len(set(sample)) == count
    assert list(sample) == sorted(sample)
    gaps = np.diff(sample)
    if len(gaps):
        assert gaps.max() - gaps.min() <= 1
    assert sample[0] == 0
    assert total - sample[-1] <= -(-total // count)


def test_the_whole_and_nothing() -> None:
    assert even_sample((4, 7, 9), 3) == even_sample((4, 7, 9), 99) == (4, 7, 9)
    assert even_sample((4, 7, 9), 0) == ()


def test_units_and_views(tmp_path: Path) -> None:
    model = tiny.write(tmp_path, classes=10)
    context = tiny.context(
        model, tmp_path, "unconstrained.classes=5", "unconstrained.batch=4", "unconstrained.views=9"
    )
    stage = Unconstrained()
    assert stage.units(context) == [(0, 2), (4, 6), (8,)]
    assert stage.views(context) == 5 * 2 * (9 // 2)


def test_no_classes_no_units(tmp_path: Path) -> None:
    context = tiny.context(tiny.write(tmp_path), tmp_path, "unconstrained.classes=0")
    assert Unconstrained().units(context) == []
    assert Unconstrained().views(context) == 0
