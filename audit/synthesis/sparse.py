"""Draws pictures towards the sparse edges of photographs: a penalty beside the aim.

The spectrum alone does not make an image natural: a random phase has it too. What a picture lacks in
sparsity, against the median photograph, at any scale, is made up for by a step along the gradient of the
gap, as long as the aim's own gradient times `weight` at most: no scale of logits enters.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from audit.statistics import NaturalPrior
from audit.statistics.sparsity import sparsity

WINDOW = 0.7
"""Side of the window that is looked at in one step, as a share of the picture's: half of the area."""
STRIDES = (0.7549, 0.5698)
"""Windows move by these shares of the picture's sides: they cover it evenly (Roberts 2018, R2 sequence)."""
GRID = 16
"""Pixels of the coarsest scale."""
OFFSETS = (0.6180, 0.4142)
"""Where windows begin within the grid moves by these shares of it (golden and silver ratio), so that the
scales' own pixels leave no mark. Strides alone do not see to that: .7549 of 64 px is 6 x 8.05 px."""


class Sparse:
    """The penalty for pictures of one size."""

    def __init__(self, prior: NaturalPrior, full: tuple[int, int], luma: Tensor, weight: float) -> None:
        """`full` is the size (height, width) for which the prior stands; `luma` `[c]` weighs channels."""
        self._prior, self._full, self._luma, self._weight = prior, full, luma, weight

    def __call__(self, pictures: Tensor, gradient: Tensor, steps: Sequence[int]) -> Tensor:
        """The aim's gradient at pictures `[n, c, h, w]` and the penalty's; `steps` are the pictures' own."""
        if not self._weight or not self._prior.sparsity:
            return gradient
        with torch.enable_grad():
            seen = pictures.detach().requires_grad_(True)
            found = sparsity(_windows(torch.einsum("c,nchw->nhw", self._luma, seen), steps))
            gap = (self._wanted(found, min(pictures.shape[2:])) - found).clamp(min=0)
            (towards,) = torch.autograd.grad(gap.square().sum(), seen)
        short = gap.detach().flatten(1).amax(1).clamp(max=1) if gap.shape[1] else gap.new_zeros(len(gap))
        length = gradient.flatten(1).norm(dim=1) / towards.flatten(1).norm(dim=1).clamp(min=1e-20)
        share = (self._weight * short * length)[:, None, None, None]
        return gradient - share * towards

    def _wanted(self, found: Tensor, side: int) -> Tensor:
        """Sparsity of the median photograph `[levels, 2]` at the scales of `found` `[n, levels, 2]`.

        A picture that is drawn smaller is a photograph seen from further away: its finest scale is coarser.
        """
        shift = math.log2(min(self._full) / side)
        table, levels = np.array(self._prior.sparsity), np.arange(found.shape[1]) + shift
        rows = [np.interp(levels, np.arange(len(table)), column) for column in table.T]
        return torch.from_numpy(np.stack(rows, 1)).to(found)


def _windows(planes: Tensor, steps: Sequence[int]) -> Tensor:
    """Part of each plane `[h, w]`, where its own step says; pictures of a Fourier canvas have no border."""
    sides = planes.shape[1:]
    wide = [max(1, round(WINDOW * side)) for side in sides]
    cut: list[Tensor] = []
    for plane, step in zip(planes, steps, strict=True):
        top, left = (
            (int(step * stride % 1 * side / GRID) * GRID + int(step * offset % 1 * GRID)) % side
            for stride, offset, side in zip(STRIDES, OFFSETS, sides, strict=True)
        )
        cut.append(_span(_span(plane, 0, top, wide[0]), 1, left, wide[1]))
    return torch.stack(cut)


def _span(plane: Tensor, axis: int, start: int, length: int) -> Tensor:
    """`length` rows or columns from `start`, going on at the other side."""
    beyond = start + length - plane.shape[axis]
    if beyond <= 0:
        return plane.narrow(axis, start, length)
    return torch.cat([plane.narrow(axis, start, length - beyond), plane.narrow(axis, 0, beyond)], axis)
