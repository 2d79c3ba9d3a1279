"""How an attack's steps shrink, and which of its two aims it follows.

The first half follows the log-odds, in which all rivals pull and which finds the better basin; the second
half the margin, which goes for the one rival that is nearest. Both start with steps as long as the distance.
Measured on an adversarially trained network against either aim alone: `benchmarks/susceptibility.py`.
"""

import math

SHORTEST = 0.02
"""Of the last step, as a share of the distance."""


def is_smooth(step: int, steps: int) -> bool:
    """Whether this step follows the log-odds."""
    return step < steps // 2


def cosine(step: int, steps: int) -> float:
    """From 1 down to 0 within each half."""
    half = steps // 2
    place, length = (step, half) if is_smooth(step, steps) else (step - half, steps - half)
    return 0.5 * (1 + math.cos(math.pi * place / length))


def share(step: int, steps: int) -> float:
    """Length of a step as a share of the distance that is allowed."""
    return cosine(step, steps) + SHORTEST
