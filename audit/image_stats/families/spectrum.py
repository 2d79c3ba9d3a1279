"""How the energy of luma is spread over spatial frequency and orientation.

Field 1987; van der Schaaf and van Hateren 1996 (anisotropy: Switkes, Mayer and Sloan 1978). The
window-weighted mean is subtracted and a 2-D Hann window applied, without which the picture's borders
put a cross on the axes.
"""

import numpy as np
import torch
from torch import Tensor

from audit.image_stats.pixels import luma, to_numpy
from audit.image_stats.rings import fit_slope, plane, rings, windowed
from audit.image_stats.statistic import Statistic

PLACE = 10
STATISTICS = (
    Statistic("spectral_slope", "Spectral slope", "", True,
              "α of power ~ f^-α between 0.02 and 0.25 cycles per pixel: how fast fine detail fades."),
    Statistic("high_frequency", "High-frequency share", "", True,
              "Share of the energy at 0.25 cycles per pixel and above."),
    Statistic("anisotropy", "Cardinal over oblique energy", "ln", False,
              "Logarithm of the energy along horizontal and vertical over that along the diagonals."),
)  # fmt: skip

SLOPE_BAND = (0.02, 0.25)
"""Cycles per pixel of the fit; above, the resizer's roll-off bends the spectrum."""
HIGH = 0.25
"""Cycles per pixel from which energy counts as high-frequency."""
SECTOR = 15.0
"""Degrees to either side of an orientation."""
FLAT = 1e-10
"""Mean power (luma² in [0, 1]) up to which a picture counts as constant: far below one 8-bit step."""


def slope_band(height: int, width: int) -> tuple[float, float]:
    """Band of the slope fit: from 0.02 cycles per pixel, or two cycles per shorter side where that is more.

    Below two cycles the window's main lobe mixes a coefficient with the mean that was subtracted.
    """
    return max(SLOPE_BAND[0], 2 / min(height, width)), SLOPE_BAND[1]


def measure(images: Tensor) -> dict[str, np.ndarray]:
    """Spectral statistics of images [n, c, h, w]; NaN where the picture is constant or under 16 px.

    - `spectral_slope`: α of power ~ f^-α over `slope_band`.
    - `high_frequency`: share of the energy at or above 0.25 cycles per pixel.
    - `anisotropy`: natural logarithm of the energy within 15° of the horizontal and vertical axes over
      that within 15° of the diagonals, from the low end of `slope_band` to 0.5 cycles per pixel.
    """
    height, width = images.shape[-2:]
    if min(height, width) < 16:
        nothing = np.full(len(images), np.nan)
        return {"spectral_slope": nothing, "high_frequency": nothing, "anisotropy": nothing}
    power = windowed(luma(images)).abs().square()
    power = torch.where(power.mean(1, keepdim=True) > FLAT, power, torch.nan)
    p = plane(height, width)

    ring = rings(height, width, *slope_band(height, width), per_octave=3)
    slope = fit_slope(ring.frequencies, to_numpy(ring.mean(power)))

    off_axis = np.minimum(p.angle, 90 - p.angle)
    disc = (p.radius >= slope_band(height, width)[0]) & (p.radius <= 0.5)
    parts = np.stack(
        [
            p.copies * (p.radius >= HIGH),
            p.copies * (p.radius > 0),
            p.copies * (disc & (off_axis <= SECTOR)),
            p.copies * (disc & (45 - off_axis <= SECTOR)),
        ],
        axis=1,
    )
    high, total, cardinal, oblique = to_numpy(power @ torch.from_numpy(parts)).T
    floor = 1e-12 * total  # a grating has no energy off its own axis but rounding errors
    anisotropy = np.log(np.maximum(cardinal, floor)) - np.log(np.maximum(oblique, floor))
    return {"spectral_slope": slope, "high_frequency": high / total, "anisotropy": anisotropy}
