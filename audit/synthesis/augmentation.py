"""Random views of a picture: crop, scale, rotation, flip and noise, drawn for each picture by itself.

Robustness to such views is what separates a picture of a class from a pattern that only fools the network
(Olah, Mordvintsev and Schubert 2017, "Feature visualization", transformation robustness).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SHIFTS = 16
"""A bank of noise is this much larger than a view, so that it can be shifted instead of drawn anew."""


@dataclass(frozen=True)
class ViewSettings:
    """Ranges from which views are drawn."""

    crop: tuple[float, float]
    """Side of the view as a share of the picture's side."""
    rotation: float
    """Largest angle in degrees, either way."""
    flip: bool
    noise: float
    """Standard deviation of Gaussian noise, in units of the [0, 1] range."""
    reach: float = 1.0
    """Range of places of the view's centre, over that in which the view lies inside the picture; what is
    beyond is moved to the border. 1.4 makes up for the border lying in fewer windows than the middle."""


class Views:
    """Draws one view per picture and step; picture i uses generator i alone."""

    def __init__(
        self,
        settings: ViewSettings,
        generators: Sequence[torch.Generator],
        shape: Sequence[int],
        device: torch.device,
        bank: Tensor | None = None,
    ) -> None:
        """`shape` is (channels, height, width) of the views; `bank` is that of views that went before."""
        self._settings, self._generators, self._shape, self._device = settings, [*generators], shape, device
        self.bank = bank
        """Noise of each picture `[n, c, h + SHIFTS, w + SHIFTS]`; None without noise."""
        if bank is None and settings.noise:
            self.bank = torch.stack([self._noise(g) for g in generators])

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures `[n, c, H, W]` → views `[n, c, h, w]`; what lies beyond a border is its reflection."""
        draws = torch.stack([torch.rand(8, generator=g, dtype=torch.float64) for g in self._generators])
        grid = self._grid(self._maps(draws, pictures.shape[-2:]).to(self._device))
        views = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
        self._add_noise(views, draws)
        return views

    def _grid(self, maps: Tensor) -> Tensor:
        """What `affine_grid` gives for `maps` `[n, 2, 3]`, several times as fast."""
        _, h, w = self._shape
        y, x = ((torch.arange(side, device=maps.device) * 2 + 1) / side - 1 for side in (h, w))
        columns = maps[:, None, None, :, 0] * x[:, None]
        rows = maps[:, None, None, :, 1] * y[:, None, None] + maps[:, None, None, :, 2]
        return columns + rows

    def renew(self, slot: int, generator: torch.Generator) -> None:
        """The picture in this slot is another one, with a generator of its own."""
        self._generators[slot] = generator
        if self.bank is not None:
            self.bank[slot] = self._noise(generator)

    def keep(self, slots: Sequence[int]) -> None:
        """Only the pictures in these slots go on."""
        self._generators = [self._generators[slot] for slot in slots]
        if self.bank is not None:
            self.bank = self.bank[list(slots)]

    def _noise(self, generator: torch.Generator) -> Tensor:
        c, h, w = self._shape
        bank = torch.randn(c, h + SHIFTS, w + SHIFTS, generator=generator)
        return bank.mul_(self._settings.noise).to(self._device)

    def _maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Affine maps `[n, 2, 3]` from view to picture coordinates in [-1, 1]."""
        low, high = self._settings.crop
        side = low + (high - low) * draws[:, 0]
        angle = (2 * draws[:, 1] - 1) * math.radians(self._settings.rotation)
        sign = torch.where(draws[:, 2] < 0.5, -1.0, 1.0) if self._settings.flip else torch.ones_like(side)
        # The window stays inside the picture, so that each view is of the picture and not of its reflection.
        free = (1 - side).clamp(min=0)
        # Places are drawn from a wider range and kept inside: else few windows would reach the border.
        x, y = (((2 * draws[:, i] - 1) * self._settings.reach).clamp(-1, 1) * free for i in (3, 4))
        cos, sin, aspect = angle.cos() * side, angle.sin() * side, size[0] / size[1]
        rows = [
            torch.stack([sign * cos, -sin * aspect, x], 1),
            torch.stack([sign * sin / aspect, cos, y], 1),
        ]
        return torch.stack(rows, 1).float()

    @torch.no_grad()
    def _add_noise(self, views: Tensor, draws: Tensor) -> None:
        """In place, since a constant changes no gradient: a shifted part of each bank, its sign drawn."""
        if self.bank is None:
            return
        _, h, w = self._shape
        places = (draws[:, 5:7] * (SHIFTS + 1)).long().tolist()
        signs = torch.where(draws[:, 7] < 0.5, -1, 1).tolist()
        for view, bank, (y, x), sign in zip(views, self.bank, places, signs, strict=True):
            view.add_(bank[:, y : y + h, x : x + w], alpha=sign)
