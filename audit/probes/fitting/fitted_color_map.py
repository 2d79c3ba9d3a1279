"""One affine map of the colours, near the identity."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily

LARGEST = 0.1
"""Largest change of any coefficient and of the offset. Within .25 ordinary networks are turned as well."""


class ColorMapFamily(FittedFamily):
    """Parameters `[c, c + 1]`: a matrix less the identity, and an offset in the last column."""

    name = "color-map"
    strengths = (0.4, 1.8)
    rate = LARGEST / 3

    def start(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-LARGEST, LARGEST, (self.channels, self.channels + 1)).astype(np.float32)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        # Around mid grey, so that the matrix alone makes an image neither brighter nor darker.
        mixed = torch.einsum("nij,njhw->nihw", parameters[:, :, :-1], images - 0.5)
        return (images + strength * (mixed + parameters[:, :, -1, None, None])).clamp(0, 1)

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(-LARGEST, LARGEST)

    def shuffled(self, parameters: Array, rng: np.random.Generator) -> Array:
        """The map with its output channels in a circle: another cast of the same size."""
        if self.channels == 1:
            return -parameters
        return np.roll(parameters, 1, axis=0)

    def flat(self, parameters: Array) -> Array:
        """Brightness and contrast alone."""
        contrast = float(np.trace(parameters[:, :-1])) / self.channels
        offset = np.full((self.channels, 1), parameters[:, -1].mean())
        return np.hstack([contrast * np.eye(self.channels), offset]).astype(np.float32)
