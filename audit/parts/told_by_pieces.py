"""How well a class is told from others by its best piece alone: in the middle, along the edges, anywhere.

An object is told by what its whole shows. What one small piece tells at the edge of the picture, where the
object of a photograph seldom is, is colour, texture, or something else that comes along with the class.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from audit.parts.pieces import Piece
from audit.probes.told_apart import area_under_curve

REGIONS: dict[str, tuple[float, float]] = {
    "edge": (0.375, 0.5),
    "middle": (0.0, 0.25),
    "anywhere": (0.0, 0.5),
}
"""Which pieces are asked, by the smallest and the largest radius."""


def in_region(found: list[Piece], region: str) -> list[int]:
    """Places of the pieces of a region."""
    least, most = REGIONS[region]
    return [place for place, piece in enumerate(found) if least <= piece.radius <= most]


def best_of_region(log_odds: Tensor, found: list[Piece], region: str) -> NDArray[np.float64]:
    """Of log odds `[n, pieces, k]` those of the piece of the region that says most for a class, `[n, k]`."""
    return log_odds[:, in_region(found, region)].amax(1).double().numpy()


def told_by_pieces(
    log_odds: Tensor, found: list[Piece], labels: NDArray[Any]
) -> dict[str, NDArray[np.float64]]:
    """Region → per class `[k]` the area under the ROC curve of its best piece, of log odds
    `[n, pieces, k]` and classes `[n]`; by chance .5."""
    return {region: area_under_curve(best_of_region(log_odds, found, region), labels) for region in REGIONS}
