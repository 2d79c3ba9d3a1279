from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn


class SmallNet(nn.Module):
    """A convolution, its mean over positions, a linear head; `last` is applied to the logits."""

    def __init__(
        self, classes: int = 3, channels: int = 3, last: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 6, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(6, classes)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        out = self.head(self.act(self.conv(x)).mean((2, 3)))
        return out if self.last is None else self.last(out)


@pytest.fixture
def small_net() -> Callable[..., nn.Module]:
    """Makes a seeded small network; the global random state stays as it was."""

    def make(
        classes: int = 3, channels: int = 3, last: Callable[[Tensor], Tensor] | None = None
    ) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            return SmallNet(classes, channels, last)

    return make


@pytest.fixture
def size() -> dict[str, object]:
    """An preprocessing stated in full."""
    return {"input_size": 12, "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.25, 0.5)}
