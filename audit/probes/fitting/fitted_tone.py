"""A colour filter: channels mixed, then a tone curve for each, as photo apps do (Liu et al. 2019, ABS)."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily

MIXED = 0.1
"""Largest change of a coefficient of the mixing."""
CURVE = 0.25
"""Largest logarithm of the exponent of a tone curve."""
DARKEST = 1 / 255


class ToneFamily(FittedFamily):
    """Parameters `[c, c + 1]`: the mixing less the identity, and in the last column the logarithms of the
    exponents; both in units of their largest."""

    name = "tone"
    strengths = (0.4, 4.0)
    rate = 0.3

    def start(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-1, 1, (self.channels, self.channels + 1)).astype(np.float32)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        mixing = parameters[:, :, :-1] * (MIXED * strength)
        mixed = (images + torch.einsum("nij,njhw->nihw", mixing, images)).clamp(DARKEST, 1)
        return mixed ** (parameters[:, :, -1, None, None] * (CURVE * strength)).exp()

    def project(self, parameters: Tensor) -> None:
        # Towards rows of sum zero: grey stays nearly grey, and brightness is the curves' matter.
        parameters[..., :-1] -= parameters[..., :-1].mean(-1, keepdim=True)
        parameters.clamp_(-1, 1)

    def shuffled(self, parameters: Array, rng: np.random.Generator) -> None:
        """None: it has no places. Other colours of the same size are a control that is made of any change."""

    def flat(self, parameters: Array) -> Array:
        """Brightness alone."""
        even = np.zeros_like(parameters)
        even[:, -1] = parameters[:, -1].mean()
        return even
