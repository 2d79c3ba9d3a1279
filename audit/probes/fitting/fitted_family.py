"""A family of changes with a small budget, whose parameters are fitted by gradients.

A family knows the shape of one set of parameters, where it starts, how it changes images and what its budget
allows. It knows nothing of networks, classes and photographs.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float32]
EVERYWHERE = "everywhere"


class FittedFamily(ABC):
    """Base of all families, made for images of one shape."""

    name: str
    places: tuple[str, ...] = (EVERYWHERE,)
    """Where it may be fitted: each place is a search of its own."""
    strengths: tuple[float, float] = (1.0, 1.0)
    """Weakest and strongest multiple of the usual budget that may be chosen for a network."""
    rate: float
    """Step of the search, in units of the parameters."""
    starts: int = 1
    """Times as many random starts as usual."""
    block: int = 1
    """Side of the blocks in which the control shuffles a pattern, in parameters."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        """`shape`: channels, height and width of the images."""
        self.channels, self.height, self.width = shape
        self.side = min(self.height, self.width)

    @abstractmethod
    def start(self, rng: np.random.Generator) -> Array:
        """One set of parameters to start from."""

    @abstractmethod
    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        """Images `[n, c, h, w]` in [0, 1] with their parameters `[n, ...]` → changed images in [0, 1].

        `corners` `[n, 2]`: row and column of the top left pixel, for families that have a place.
        `strength` multiplies the size of the change; 1 is the usual budget.
        """

    @abstractmethod
    def project(self, parameters: Tensor) -> None:
        """Bring parameters `[s, ...]` back within the usual budget, in place."""

    def corners(self, place: str, rows: Sequence[int], seed: int) -> NDArray[np.int64]:
        """`[n, 2]`: where the change stands on the photographs `rows`; zero where it covers the image."""
        return np.zeros((len(rows), 2), dtype=np.int64)

    def shuffled(self, parameters: Array, rng: np.random.Generator) -> Array | None:
        """A control: the same values at other positions; None where that is no control. Blocks `block` wide
        of the last two axes are permuted, the same way in all channels."""
        height, width = parameters.shape[-2:]
        tall, wide = max(1, height // self.block), max(1, width // self.block)
        rows, columns = np.arange(height) * tall // height, np.arange(width) * wide // width
        order = rng.permutation(tall * wide)
        source = order[rows[:, None] * wide + columns[None]]
        # Blocks may differ by one in size where the sides do not divide: positions inside are kept.
        inner_row = (
            rows.searchsorted(source // wide) + np.arange(height)[:, None] - rows.searchsorted(rows)[:, None]
        )
        inner_column = columns.searchsorted(source % wide) + np.arange(width) - columns.searchsorted(columns)
        return parameters[..., inner_row.clip(0, height - 1), inner_column.clip(0, width - 1)]

    def flat(self, parameters: Array) -> Array | None:
        """A control: the mean over the last two axes everywhere, channel by channel."""
        return np.broadcast_to(parameters.mean((-2, -1), keepdims=True), parameters.shape).astype(np.float32)


def enlarged(pattern: Tensor, height: int, width: int) -> Tensor:
    """A coarse pattern `[n, c, a, b]` as a smooth one `[n, c, height, width]`; its corners stay corners."""
    return torch.nn.functional.interpolate(pattern, (height, width), mode="bilinear", align_corners=True)
