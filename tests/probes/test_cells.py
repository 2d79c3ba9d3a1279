import numpy as np
import pytest
import torch

from audit.probes.cells import shuffled_places


@pytest.mark.parametrize("height, width, cell", [(32, 32, 4), (24, 40, 8), (6, 6, 1), (5, 7, 3)])
def test_cells_change_places_whole(height: int, width: int, cell: int) -> None:
    rows, columns = shuffled_places(height, width, cell, np.random.default_rng(0))
    if height % cell or width % cell:
        assert rows.shape == (height, width)
        assert int(rows.max()) < height
        assert int(columns.max()) < width
        return
    picture = torch.arange(height * width).view(height, width)
    shuffled = picture[rows, columns]
    assert sorted(shuffled.flatten().tolist()) == list(range(height * width))
    assert not (shuffled == picture).any()

    def cells(of: torch.Tensor) -> set[tuple[int, ...]]:
        return {
            tuple(of[y : y + cell, x : x + cell].flatten().tolist())
            for y in range(0, height, cell)
            for x in range(0, width, cell)
        }

    assert cells(shuffled) == cells(picture)
