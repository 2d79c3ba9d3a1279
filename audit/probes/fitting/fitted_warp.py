"""A smooth displacement of the pixels (WaNet, Nguyen and Tran 2021)."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily, enlarged

POINTS = 4
"""Side of the coarse grid of displacements."""
LARGEST = 1.5 / 32
"""Largest displacement along one axis, as a share of the side: 1.5 pixels of 32."""


class WarpFamily(FittedFamily):
    """Parameters `[2, POINTS, POINTS]`: displacement across and down, in units of the largest one."""

    name = "warp"
    strengths = (0.5, 2.0)
    rate = 0.3

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        down = (torch.arange(self.height) + 0.5) / self.height * 2 - 1
        across = (torch.arange(self.width) + 0.5) / self.width * 2 - 1
        self._grid = torch.stack(
            [across[None].expand(self.height, -1), down[:, None].expand(-1, self.width)], -1
        )
        # A displacement of the whole side is 2 in the coordinates of grid_sample.
        self._unit = torch.tensor([self.side / self.width, self.side / self.height]) * 2 * LARGEST

    def start(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-1, 1, (2, POINTS, POINTS)).astype(np.float32)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        field = enlarged(parameters, self.height, self.width).movedim(1, -1)
        grid = self._grid.to(images.device) + field * self._unit.to(images.device) * strength
        moved = torch.nn.functional.grid_sample(
            images, grid, mode="bilinear", padding_mode="border", align_corners=False
        )
        return moved.clamp(0, 1)

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(-1, 1)
