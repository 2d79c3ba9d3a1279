"""Networks as people write them, which do not run in every way; 32 px, four classes, random weights.

Tests load this file by its path: folders of tests are no packages.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

STATED: dict[str, Any] = {"input_size": 32, "mean": 0.5, "std": 0.5, "classes": ["cat", "dog", "owl", "fox"]}
FILE = __file__
N = TypeVar("N", bound=nn.Module)


class Usual(nn.Module):
    """Two convolutions, their mean over positions, a linear head: runs in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.act = nn.ReLU(inplace=True)
        self.next, self.last = nn.Conv2d(8, 12, 3, stride=2), nn.ReLU(inplace=True)
        self.head = nn.Linear(12, 4)
        with torch.no_grad():
            self.head.weight.mul_(20)

    def maps(self, x: Tensor) -> Tensor:
        return self.last(self.next(self.act(self.norm(self.conv(x)))))

    def forward(self, x: Tensor) -> Any:
        return self.head(self.maps(x).mean((2, 3)))


class Viewed(nn.Module):
    """`view` of maps, which must be contiguous."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 6, 5), nn.MaxPool2d(4)
        self.hidden, self.head = nn.Linear(294, 20), nn.Linear(20, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv(x))).view(-1, 294)
        return self.head(F.relu(self.hidden(x))) * 20


class ViewedWeights(Usual):
    """Standardised weights, by a `view` of them."""

    def maps(self, x: Tensor) -> Tensor:
        w = self.conv.weight.view(8, -1)
        w = ((w - w.mean(1, keepdim=True)) / w.std(1, keepdim=True)).view_as(self.conv.weight)
        return self.last(self.next(F.conv2d(x, w, padding=1)))


class ByLayout(Usual):
    """Looks at the memory of its input: another answer in channels-last memory."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.is_contiguous() else x * 0.5)


class Volumes(Usual):
    """Weights with five dimensions, which no channels-last memory is for."""

    def __init__(self) -> None:
        super().__init__()
        self.volume = nn.Conv3d(1, 1, (3, 1, 1), padding=(1, 0, 0))

    def maps(self, x: Tensor) -> Tensor:
        return self.volume(super().maps(x)[:, None])[:, 0]


class Squeezed(Usual):
    """`squeeze` takes the batch dimension of one image too."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.adaptive_avg_pool2d(self.maps(x), 1).squeeze())


class OneOtherwise(Usual):
    """Another answer for one image alone."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * (1 if len(x) > 1 else 2)


class Hooked(Usual):
    """A hook on a map in each forward pass, which needs a graph; the gradient is kept."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.maps(x)
        x.register_hook(lambda gradient: setattr(self, "gradient", gradient))
        return self.head(x.mean((2, 3)))


class Keeps(Usual):
    """All maps that it ever made."""

    def forward(self, x: Tensor) -> Tensor:
        self.seen = [*getattr(self, "seen", []), self.maps(x)]
        return self.head(self.seen[-1].mean((2, 3)))


class KeepsInside(Usual):
    """The same, in a list inside a mapping that was there before."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, list[Tensor]] = {"maps": []}

    def forward(self, x: Tensor) -> Tensor:
        self.kept["maps"].append(self.maps(x))
        return self.head(self.kept["maps"][-1].mean((2, 3)))


class KeepsViewed(Keeps):
    """The same, in contiguous memory only."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.view(-1)[None].view(x.shape))


class GoesOn(Usual):
    """Adds what it kept of the last pass."""

    state: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        features = self.maps(x).mean((2, 3))
        before = self.state
        self.state = features if before is None or before.shape != features.shape else features + before / 2
        return self.head(self.state)


class ReadsBack(Usual):
    """A hook that reads, in the backward pass, what the forward pass kept."""

    def forward(self, x: Tensor) -> Tensor:
        self.map = self.maps(x)
        if self.map.requires_grad:
            self.map.register_hook(lambda g: setattr(self, "cam", (g * self.map).sum(1).detach()))
        return self.head(self.map.mean((2, 3)))


class Grid(Usual):
    """A table that is made once, and a counter: nothing of a pass."""

    grid: Tensor | None = None
    passes = 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        if self.grid is None or self.grid.shape[-1] != x.shape[-1]:
            self.grid = torch.linspace(0, 1, x.shape[-1])
        return super().forward(x * self.grid)


class Locked(Usual):
    """A lock, which cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class ReturnsNothing(Usual):
    """train() and eval() without `return self`."""

    def train(self, mode: bool = True) -> None:  # type: ignore[override]
        super().train(mode)

    def eval(self) -> None:  # type: ignore[override]
        self.train(False)


class OneAtATime(Usual):
    """A batch dimension written out as 1."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.maps(x).mean((2, 3)).view(1, 12))


class NotTwo(Usual):
    """Raises for two images."""

    def forward(self, x: Tensor) -> Tensor:
        if len(x) == 2:
            raise IndexError("two")
        return super().forward(x)


class Metadata(Usual):
    """More than images."""

    def forward(self, x: Tensor, metadata: Any, *, site: str) -> Tensor:  # type: ignore[override]
        return super().forward(x)


class ThroughNumpy(Usual):
    """A mean by numpy."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - torch.from_numpy(x.numpy().mean((2, 3), keepdims=True)))


class Half(Usual):
    """Half precision inside."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.half())


class Permuted(Usual):
    """A view that fails in every memory layout."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1).view(len(x), 3, 32, 32))


class Checkpointed(Usual):
    """Recomputes maps in the backward pass, in the old way."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(checkpoint(self.maps, x, use_reentrant=True).mean((2, 3)))


class FailsBackward(Usual):
    """A hook that raises."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.maps(x)
        if x.requires_grad:
            x.register_hook(lambda gradient: 1 / 0)
        return self.head(x.mean((2, 3)))


class Widened(Usual):
    """A grey network that widens its input itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.expand(-1, 3, -1, -1))


class WordlessError(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unusual(BaseException):
    """No Exception."""


class Raises(Usual):
    """Raises what it was told to."""

    error: BaseException

    def forward(self, x: Tensor) -> Tensor:
        raise self.error


class Endless(Usual):
    """Calls itself."""

    def forward(self, x: Tensor) -> Tensor:
        return self.forward(x)


class Unreadable(Usual):
    """Names of its modules cannot be read."""

    def named_modules(self, *args: Any, **keywords: Any) -> Any:  # type: ignore[override]
        raise KeyError("modules")


def seeded(make: Callable[[], N]) -> N:
    """The network with the same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return make()


def raising(error: BaseException) -> nn.Module:
    network = seeded(Raises)
    network.error = error
    return network


def with_backward_hook() -> nn.Module:
    """A backward hook before an activation in place."""
    network = seeded(Usual)
    network.norm.register_full_backward_hook(lambda *_: None)
    return network


def lazy() -> nn.Module:
    return nn.Sequential(
        nn.LazyConv2d(8, 3),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.LazyLinear(4),
    )
