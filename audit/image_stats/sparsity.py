"""How sparse the gradient of luma is, scale by scale, as a function that can be differentiated.

Photographs are flat nearly everywhere and have few strong edges, at every scale (Field 1987; Huang and
Mumford 1999), and not only as a whole: most of it holds within any part of a picture. Measured by the log
of E[g²] / E[g]², g the gradient's magnitude: a pure number that neither contrast nor the orientation of
edges moves (Gaussian noise: .24).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

PARTS = 4
"""The picture is also looked at in this many parts a side."""
FEWEST = 2 * PARTS
"""Shortest side of a scale that is looked at, in its own pixels."""
HALVING = (0.125, 0.375, 0.375, 0.125)
"""Binomial filter before every second row and column is taken. Means of 2 x 2 pixels would do for measuring;
pictures that are pulled towards them show squares."""
FLAT = 1e-8
"""Added to squares of a luma in [0, 1]: a constant picture has a defined value, and a gradient."""


def sparsity(luma: Tensor) -> Tensor:
    """Planes `[n, h, w]` in [0, 1] → `[n, levels, 2]`: of the whole picture, and its mean over 4 x 4 parts.

    Level l has half the resolution of level l - 1; the coarsest is at least 8 px wide. Differentiable.
    """
    rows: list[Tensor] = []
    plane, taps = luma, luma.new_tensor(HALVING)
    kernel = (taps[:, None] * taps)[None, None]
    while min(plane.shape[1:]) > FEWEST:
        # Roberts' cross: both diagonal differences share one centre, so that the magnitude has no direction.
        a = plane[:, :-1, 1:] - plane[:, 1:, :-1]
        b = plane[:, :-1, :-1] - plane[:, 1:, 1:]
        square = torch.addcmul(a * a + FLAT, b, b)[:, None]
        magnitude = square.sqrt()
        within = [F.adaptive_avg_pool2d(values, PARTS)[:, 0] for values in (square, magnitude)]
        parts = (within[0].log() - 2 * within[1].log()).mean((1, 2))
        whole = square.mean((1, 2, 3)).log() - 2 * magnitude.mean((1, 2, 3)).log()
        rows.append(torch.stack([whole, parts], 1))
        plane = F.conv2d(plane[:, None], kernel, stride=2)[:, 0]
    return torch.stack(rows, 1) if rows else luma.new_zeros(len(luma), 0, 2)
