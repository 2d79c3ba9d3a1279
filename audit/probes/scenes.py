"""Stand-ins for photographs: dead-leaves scenes, with the statistics of natural pictures and no objects."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from audit.images.dead_leaves import dead_leaves
from audit.images.quantize import to_uint8_grid
from audit.probes.overlay import for_channels


def scenes(rows: Sequence[int], size: tuple[int, int], channels: int = 3, seed: int = 0) -> Tensor:
    """One scene `[n, channels, h, w]`, on the 8-bit grid, for each number in `rows`, of itself alone."""
    drawn = [dead_leaves(np.random.default_rng((seed, row)), size) for row in rows]
    colours = torch.from_numpy(np.stack(drawn)).float().permute(0, 3, 1, 2)
    return to_uint8_grid(for_channels(colours, channels)).contiguous()
