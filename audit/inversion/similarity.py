"""Distance of a reconstruction from the photograph (PSNR, SSIM), and of reconstructions from each other."""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

WINDOW = 7
"""Pixels of the window of SSIM, less where a picture is smaller (Wang et al. 2004)."""


def psnr(picture: Tensor, photograph: Tensor) -> float | None:
    """Peak signal-to-noise ratio in dB of two images `[c, h, w]` in [0, 1]; None where they are equal."""
    from skimage.metrics import peak_signal_noise_ratio  # late: only `audit invert` needs it

    a, b = _pixels(photograph), _pixels(picture)
    return None if np.array_equal(a, b) else float(peak_signal_noise_ratio(a, b, data_range=1.0))


def ssim(picture: Tensor, photograph: Tensor) -> float | None:
    """Structural similarity of two images `[c, h, w]` in [0, 1]; None for sides under 3 px."""
    from skimage.metrics import structural_similarity

    side = min(WINDOW, *picture.shape[1:])
    if side < 3:
        return None
    a, b = _pixels(photograph), _pixels(picture)
    odd = side - 1 + side % 2
    found: Any = structural_similarity(a, b, data_range=1.0, channel_axis=0, win_size=odd)
    return float(found)


def spread(pictures: Tensor) -> float | None:
    """Mean absolute difference per pixel over all pairs of pictures `[n, c, h, w]`; None for one picture."""
    pairs = [float((a - b).abs().mean()) for a, b in combinations(pictures, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def _pixels(image: Tensor) -> NDArray[np.float64]:
    return image.detach().cpu().double().numpy()
