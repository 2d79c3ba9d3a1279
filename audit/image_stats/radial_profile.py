"""Power of a picture by spatial frequency, in the channel where a natural prior has most of its contrast."""

import math

import numpy as np
import torch
from torch import Tensor

from audit.image_stats.natural_prior import DARK, PER_OCTAVE, NaturalPrior
from audit.image_stats.rings import rings, windowed


def spectrum(images: Tensor, prior: NaturalPrior) -> np.ndarray:
    """Images `[n, 3, h, w]` in [0, 1] → log10 of power `[n, m]` at `prior.frequencies`.

    `prior` must be measured at the same size: its rings and its first colour channel are used, so that the
    rows compare with `prior.power_low[0]` to `prior.power_high[0]`.
    """
    height, width = images.shape[-2:]
    low = 1 / max(height, width)
    ring = rings(height, width, low * 2 ** (-0.5 / PER_OCTAVE), math.sqrt(0.5), PER_OCTAVE)
    if len(ring.frequencies) != len(prior.frequencies):
        raise ValueError(f"expected pictures of the prior's size, got {height} x {width}")
    towards = np.linalg.inv(np.array(prior.colour))[0].copy()
    channel = torch.einsum("nchw,c->nhw", images.double(), torch.from_numpy(towards))
    power = ring.mean(windowed(channel).abs().square()).numpy()
    return np.log10(np.maximum(power, DARK))
