"""The few estimators that checks share."""

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import TypeGuard

from audit.records import Limit

MIN_CLASSES = 5
"""Below this many classes a median of classes says nothing about what is usual."""
OUTLIER_Z = Limit(
    name="outlier_z",
    default=3.5,
    gt=0,
    help="Robust z-score from which a class stands out in a ranking (Iglewicz and Hoaglin 1993).",
)
"""Read by several checks."""


def robust_z(values: Sequence[float]) -> list[float]:
    """Distance of each value from the median in robust standard deviations (Iglewicz and Hoaglin 1993).

    Where more than half of the values are equal the median deviation is 0 and the mean absolute
    deviation takes its place; where all are equal every score is 0.
    """
    if not values:
        return []
    centre = median(values)
    deviations = [abs(v - centre) for v in values]
    scale = 1.4826 * median(deviations) or 1.2533 * fmean(deviations)
    return [(v - centre) / scale if scale else 0.0 for v in values]


def z_limit(limit: float, comparisons: int, classes: int) -> float:
    """The configured z, or what normal noise reaches in at most 5 % of networks where that is more.

    A median deviation of few classes is itself noisy, so its z-scores have the tails of Student's t; the
    degrees of freedom are the classes times its efficiency of 37 % (Rousseeuw and Croux 1993). Real
    statistics have heavier tails than noise: this keeps a ranking short and calibrates nothing.
    """
    from scipy.special import stdtrit  # late: a policy is read in a moment without it

    share = (1 - 0.05) ** (1 / max(comparisons, 1))
    return max(limit, float(stdtrit(0.37 * classes, share)))


def finite(value: float | None) -> TypeGuard[float]:
    """Neither missing nor NaN nor infinite."""
    return value is not None and math.isfinite(value)
