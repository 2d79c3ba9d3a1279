"""A small convolution near the identity, the same in all channels."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily

TAPS = 5
LARGEST = 1.0
"""Largest sum of the absolute changes of the taps: about the size of a blur over three pixels."""


class FilterFamily(FittedFamily):
    """Parameters `[1, TAPS, TAPS]`: the kernel less the identity. The sum is zero: brightness stays."""

    name = "filter"
    strengths = (0.4, 1.0)
    rate = LARGEST / 12

    def start(self, rng: np.random.Generator) -> Array:
        drawn = rng.uniform(-1, 1, (1, TAPS, TAPS))
        drawn -= drawn.mean()
        return (drawn * LARGEST / np.abs(drawn).sum()).astype(np.float32)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        count, channels = images.shape[:2]
        half = TAPS // 2
        padded = torch.nn.functional.pad(images, (half, half, half, half), mode="replicate")
        kernels = parameters.repeat_interleave(channels, 0)
        changes = torch.nn.functional.conv2d(padded.flatten(0, 1)[None], kernels, groups=count * channels)
        return (images + strength * changes.view_as(images)).clamp(0, 1)

    def flat(self, parameters: Array) -> Array:
        """An even blur or sharpening of the same size."""
        centre = TAPS // 2
        even = np.full_like(parameters, 1 / (TAPS**2 - 1))
        even[:, centre, centre] = -1
        size = np.abs(parameters).sum() / 2
        return (even * size * (1 if parameters[0, centre, centre] <= 0 else -1)).astype(np.float32)

    def project(self, parameters: Tensor) -> None:
        parameters -= parameters.mean((-2, -1), keepdim=True)
        size = parameters.abs().sum((-3, -2, -1), keepdim=True)
        parameters *= (LARGEST / size.clamp(min=1e-12)).clamp(max=1)
