import numpy as np
import pytest

from audit.stages.photographs.nearest_stage import Best


@pytest.mark.parametrize("count", [1, 3, 7, 50])
def test_equal_to_sorting_everything(count: int) -> None:
    table = np.random.default_rng(0).integers(0, 9, (4, 40)).astype(np.float32)  # many ties
    ids = np.arange(100, 140)
    best = Best(4, count)
    for start in range(0, 40, 6):
        best.add(table[:, start : start + 6], ids[start : start + 6])
    for row, found in zip(table, best.rows(), strict=True):
        expected = sorted(zip(ids.tolist(), row.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
        assert found == expected[:count]


def test_nothing_seen() -> None:
    assert Best(2, 3).rows() == [[], []]
