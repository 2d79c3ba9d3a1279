"""Which regions of several images are the same part: those that the network's features say are alike."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audit.parts.evidence_map import Region

ALIKE = 0.5
"""Mean cosine of their features from which regions are one part."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A region of one image."""

    image: int
    """Place of the image."""
    region: Region
    features: Tensor
    """`[d]` of the region alone on grey."""


def recurring(seen: list[Seen], centre: Tensor) -> list[list[Seen]]:
    """Groups of regions that resemble each other, seen from the features `[d]` of any piece; the group that
    speaks most for the class first.

    Average linkage: two groups are one where their regions are alike in the mean.
    """
    if len(seen) < 2:
        return [[one] for one in seen]
    from scipy.cluster.hierarchy import fcluster, linkage  # late: few runs need it
    from scipy.spatial.distance import squareform

    directions = torch.nn.functional.normalize(torch.stack([one.features for one in seen]) - centre, dim=1)
    apart = (1 - directions @ directions.T).clamp(min=0).double().numpy()
    np.fill_diagonal(apart, 0.0)
    numbers = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - ALIKE, "distance")
    groups = [[seen[i] for i in np.flatnonzero(numbers == number)] for number in np.unique(numbers)]
    return sorted(groups, key=lambda group: -sum(one.region.share for one in group))
