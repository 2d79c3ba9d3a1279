"""One faint sine wave over the whole image (SIG, Barni, Kallas and Tondi 2019)."""

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_family import Array, FittedFamily

AMPLITUDE = 12 / 255
CYCLES = 12.0
"""Cycles over the shorter side that one unit of the first two parameters stands for: finer waves are rare as
triggers, since saving as JPEG takes them away."""
COARSEST = 1.5 / CYCLES
"""Coarser waves are shades rather than stripes."""


class WaveFamily(FittedFamily):
    """Parameters `[1, 1, 4]`: cycles down and across, in units of `CYCLES`, and the weights of sine and
    cosine, of length 1. The same wave in all channels, with `strength` times `AMPLITUDE`."""

    name = "wave"
    strengths = (0.3, 3.0)
    rate = 0.03
    starts = 6
    """Times as many random starts as usual: from one wave no slope leads to another a cycle away."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        unit = 2 * torch.pi * CYCLES / self.side
        self._down = unit * (torch.arange(self.height) + 0.5)[:, None]
        self._across = unit * (torch.arange(self.width) + 0.5)[None]

    def start(self, rng: np.random.Generator) -> Array:
        radius = np.sqrt(rng.uniform((2 * COARSEST) ** 2, 1))
        angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
        wave = radius * np.sin(angle), radius * np.cos(angle), np.cos(phase), np.sin(phase)
        return np.array(wave, dtype=np.float32).reshape(1, 1, 4)

    def apply(self, parameters: Tensor, images: Tensor, corners: Tensor, strength: float) -> Tensor:
        down, across, sine, cosine = (parameters[:, :, 0, i, None, None] for i in range(4))
        turn = down * self._down.to(images.device) + across * self._across.to(images.device)
        wave = sine * turn.sin() + cosine * turn.cos()
        return (images + strength * AMPLITUDE * wave).clamp(0, 1)

    def project(self, parameters: Tensor) -> None:
        cycles, phase = parameters[..., :2], parameters[..., 2:]
        length = cycles.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        cycles *= length.clamp(COARSEST, 1) / length
        phase /= phase.norm(dim=-1, keepdim=True).clamp(min=1e-6)

    def shuffled(self, parameters: Array, rng: np.random.Generator) -> None:
        """None: its parameters are no pattern; the blocks of the wave are shuffled as of any change."""

    def flat(self, parameters: Array) -> None:
        """None: its mean is nothing."""
