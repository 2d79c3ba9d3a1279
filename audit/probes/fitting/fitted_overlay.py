"""Faint patterns over the whole image: added within a distance, or blended in.

The universal perturbation of Moosavi-Dezfooli et al. 2017, and the blended trigger of Chen et al. 2017.
"""

import numpy as np
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily
from audit.probes.fitting.random_patterns import random_pattern

EPSILON = 6 / 255
OPACITY = 0.06


class SpreadFamily(FittedFamily):
    """A pattern that is added, no value changed by more than `strength` times `EPSILON`."""

    name = "spread"
    strengths = (0.3, 4.0)
    rate = EPSILON / 2

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        self.block = max(1, self.side // 8)

    def start(self, rng: np.random.Generator) -> Array:
        return (random_pattern(rng, self.channels, self.height, self.width) - 0.5) * 2 * EPSILON

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        return (images + strength * parameters).clamp(0, 1)

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(-EPSILON, EPSILON)


class BlendFamily(FittedFamily):
    """A free image that is blended in with `strength` times `OPACITY`."""

    name = "blend"
    strengths = (0.4, 4.0)
    rate = 0.2

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        self.block = max(1, self.side // 8)

    def start(self, rng: np.random.Generator) -> Array:
        return random_pattern(rng, self.channels, self.height, self.width)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        return images.lerp(parameters, min(1.0, strength * OPACITY))

    def project(self, parameters: Tensor) -> None:
        parameters.clamp_(0, 1)
