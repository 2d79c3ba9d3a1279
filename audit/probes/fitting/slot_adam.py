"""Adam (Kingma and Ba 2015, algorithm 1) for slots that do not mix and that may end early."""

import torch
from torch import Tensor

BETAS = (0.8, 0.95)
"""Shorter memories than usual: a search takes some twenty steps."""


class SlotAdam:
    """State for parameters `[s, ...]`."""

    def __init__(self, parameters: Tensor) -> None:
        self._mean, self._square = torch.zeros_like(parameters), torch.zeros_like(parameters)
        self._steps = 0

    @torch.no_grad()
    def descend(self, parameters: Tensor, gradient: Tensor, rate: float) -> None:
        """One step down, in place."""
        self._steps += 1
        first, second = BETAS
        self._mean.lerp_(gradient, 1 - first)
        self._square.lerp_(gradient.square(), 1 - second)
        mean = self._mean / (1 - first**self._steps)
        root = (self._square / (1 - second**self._steps)).sqrt()
        parameters.sub_(rate * mean / root.add_(1e-12))

    def keep(self, slots: list[int]) -> None:
        """Only these slots go on."""
        self._mean, self._square = self._mean[slots], self._square[slots]
