"""The largest values of many rows, seen a few columns at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Best:
    """For each row the columns with the largest values, without holding the whole table."""

    def __init__(self, rows: int, count: int) -> None:
        """Keep `count` of each row."""
        self._count = count
        self._values = np.zeros((rows, 0), np.float32)
        self._ids = np.zeros((rows, 0), np.int64)

    def add(self, values: NDArray[Any], ids: NDArray[np.int64]) -> None:
        """Columns `[rows, n]` with their ids `[n]`; among equal values those that came first stay first."""
        ids = np.broadcast_to(ids, values.shape)
        values, ids = np.concatenate([self._values, values], 1), np.concatenate([self._ids, ids], 1)
        order = np.argsort(-values, axis=1, kind="stable")[:, : self._count]
        self._values = np.take_along_axis(values, order, 1)
        self._ids = np.take_along_axis(ids, order, 1)

    def rows(self) -> list[list[tuple[int, float]]]:
        """(id, value) of each row, best first."""
        return [
            list(zip(ids, values, strict=True))
            for ids, values in zip(self._ids.tolist(), self._values.tolist(), strict=True)
        ]
