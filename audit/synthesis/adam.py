"""Adam over a batch of pictures whose gradients do not mix (Kingma and Ba 2015, algorithm 1).

Element-wise, hence each picture keeps its own state; no clipping or norm couples two of them.
"""

import torch
from torch import Tensor


class Adam:
    """Optimiser state for one tensor; `ascend` changes it in place."""

    def __init__(self, parameters: Tensor, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        """`parameters` `[n, ...]`: any shape, first axis the pictures."""
        self._parameters, self._betas, self._steps = parameters, betas, 0
        self._mean, self._square = torch.zeros_like(parameters), torch.zeros_like(parameters)

    @torch.no_grad()
    def ascend(self, gradient: Tensor, rate: float) -> None:
        """One step of size `rate` up the gradient."""
        self._steps += 1
        b1, b2 = self._betas
        self._mean.lerp_(gradient, 1 - b1)
        self._square.mul_(b2).addcmul_(gradient, gradient, value=1 - b2)
        # Bias corrections are folded into the rate and epsilon, as the paper's section 2 suggests.
        correction = (1 - b2**self._steps) ** 0.5
        root = self._square.sqrt().add_(1e-12 * correction)
        self._parameters.addcdiv_(self._mean, root, value=rate * correction / (1 - b1**self._steps))
