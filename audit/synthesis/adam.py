"""Adam over a batch of pictures whose gradients do not mix (Kingma and Ba 2015, algorithm 1).

Element-wise, hence each picture keeps its own state; no clipping or norm couples two of them.
"""

from collections.abc import Mapping

import torch
from torch import Tensor


class Adam:
    """Optimiser state for one tensor; `ascend` changes it in place."""

    def __init__(self, parameters: Tensor, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        """`parameters` `[n, ...]`: any shape, first axis the pictures."""
        self._parameters, self._betas = parameters, betas
        self._steps = torch.zeros(len(parameters), dtype=torch.float64)
        self._mean, self._square = torch.zeros_like(parameters), torch.zeros_like(parameters)

    @torch.no_grad()
    def ascend(self, gradient: Tensor, rate: float | Tensor) -> None:
        """One step up the gradient, of size `rate`: one for all, or `[n]`, one for each picture."""
        self._steps += 1
        b1, b2 = self._betas
        self._mean.lerp_(gradient, 1 - b1)
        self._square.mul_(b2).addcmul_(gradient, gradient, value=1 - b2)
        # Bias corrections are folded into the rate and epsilon, as the paper's section 2 suggests.
        correction = (1 - b2**self._steps).sqrt()
        step = torch.as_tensor(rate, dtype=torch.float64) * correction / (1 - b1**self._steps)
        root = self._square.sqrt().add_(self._column(1e-12 * correction))
        self._parameters.addcdiv_(self._mean, root.div_(self._column(step.clamp(min=1e-30))))

    @torch.no_grad()
    def renew(self, slot: int) -> None:
        """Forget the picture in this slot: another one takes it."""
        self._steps[slot] = 0
        self._mean[slot], self._square[slot] = 0, 0

    @torch.no_grad()
    def keep(self, slots: list[int], parameters: Tensor) -> None:
        """Only these slots go on; their parameters now stand in `parameters`."""
        self._parameters, self._steps = parameters, self._steps[slots]
        self._mean, self._square = self._mean[slots], self._square[slots]

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, besides the parameters."""
        return {"adam_steps": self._steps, "adam_mean": self._mean, "adam_square": self._square}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self._steps, self._mean, self._square = (
            state[f"adam_{name}"] for name in ("steps", "mean", "square")
        )

    def _column(self, values: Tensor) -> Tensor:
        shape = (-1, *[1] * (self._parameters.ndim - 1))
        return values.to(self._parameters.device, self._parameters.dtype).view(shape)
