"""Shape of a generalized Gaussian, density proportional to exp(-|x/a|^b), by the method of moments.

Mallat 1989 (IEEE PAMI 11, section VI.B); Sharifi and Leon-Garcia 1995.
"""

from functools import cache

import numpy as np
from torch import Tensor

from audit.image_stats.pixels import ratio, to_numpy

LIMITS = (0.1, 20.0)
"""Shapes outside are reported as the nearer limit."""


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Log of the moment ratio, ascending, and the log of the shape that has it."""
    from scipy.special import gammaln  # late: it imports half of numpy's tools

    b = np.geomspace(LIMITS[1], LIMITS[0], 2000)
    return gammaln(1 / b) + gammaln(3 / b) - 2 * gammaln(2 / b), np.log(b)


def shape(samples: Tensor) -> np.ndarray:
    """Shape b of zero-mean samples [n, k] → [n]: 1 for Laplace, 2 for Gauss; NaN where all are zero.

    Solves E[x²] / E[|x|]² = Γ(1/b) Γ(3/b) / Γ(2/b)² by interpolation in a table.
    """
    moments = to_numpy(ratio(samples.square().mean(1), samples.abs().mean(1).square(), 1e-24))
    ratios, shapes = _table()
    return np.exp(np.interp(np.log(moments), ratios, shapes))
