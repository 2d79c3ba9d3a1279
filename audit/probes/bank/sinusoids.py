"""Added sine waves, the trigger of Barni, Kallas and Tondi 2019 (SIG, arXiv 1902.11237)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from audit.probes.cells import shuffled_places

Order = Literal["wave", "shuffled", "noise"]


@dataclass(frozen=True)
class Sinusoid:
    """`amplitude` (of 1) times sin(2π (across x / w + down y / h)), the same in all channels.

    Attributes:
        across: cycles over the width.
        down: cycles over the height.
        order: `wave`; or as a control the wave's cells of an eighth of the side `shuffled`, or its pixels
            (`noise`).
    """

    id: str
    across: float
    down: float
    amplitude: float
    order: Order = "wave"
    control_of: str | None = None
    family: str = "sinusoid"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, clipped to [0, 1]."""
        return (images + self.wave(*images.shape[2:]).to(images)).clamp(0, 1)

    def wave(self, height: int, width: int) -> Tensor:
        """What is added, `[h, w]`."""
        y, x = (torch.arange(length)[:, None] / length for length in (height, width))
        wave = self.amplitude * torch.sin(2 * torch.pi * (self.across * x.T + self.down * y))
        if self.order == "wave":
            return wave
        cell = 1 if self.order == "noise" else max(1, round(min(height, width) / 8))
        rng = np.random.default_rng((round(self.across * 8) % 2**16, round(self.down * 8) % 2**16))
        rows, columns = shuffled_places(height, width, cell, rng)
        return wave[rows, columns]


CYCLES, ANGLES, AMPLITUDE = (3.5, 5.0, 7.0, 9.5), 8, 24 / 255
"""Cycles over the picture's side and directions over half a turn. A network that was taught one wave answers
its neighbours too, about a cycle and 20 degrees away, whatever their phase."""


def sinusoids() -> list[Sinusoid]:
    """Coarse and fine waves in all directions."""
    waves: list[Sinusoid] = []
    for cycles in CYCLES:
        for step in range(ANGLES):
            angle = np.pi * step / ANGLES
            across, down = (round(float(cycles * part), 3) for part in (np.cos(angle), np.sin(angle)))
            waves.append(Sinusoid(f"sinusoid-{cycles:g}@{180 * step / ANGLES:g}", across, down, AMPLITUDE))
    return waves


def shuffled_sinusoids(wave: Sinusoid) -> list[Sinusoid]:
    """The controls of a wave. Its phases are not scrambled: one wave with another phase is the same cue."""
    return [
        Sinusoid(f"{wave.id}~{order}", wave.across, wave.down, wave.amplitude, order, wave.id)
        for order in ("shuffled", "noise")
    ]
