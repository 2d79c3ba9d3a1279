"""Networks whose smallest flips are known, or that resist.

Tests load this file by its path: folders of tests are no packages.
"""

import torch
from torch import nn

from audit.classifier import Classifier, load


class Linear(nn.Module):
    """Logits that are linear in the pixels."""

    def __init__(self, classes: int, size: int = 6, seed: int = 0, bias: float = 0.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.head = nn.Linear(3 * size * size, classes)
        with torch.no_grad():
            self.head.weight.copy_(torch.randn(self.head.weight.shape, generator=generator) * 0.3)
            self.head.bias.copy_(torch.randn(self.head.bias.shape, generator=generator) * 0.3 + bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x.flatten(1))


class Convolutions(nn.Module):
    """A small network with a few bends."""

    def __init__(self, classes: int = 6, seed: int = 3) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.body = nn.Sequential(
                nn.Conv2d(3, 12, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(12, 16, 3, stride=2),
                nn.ReLU(),
                nn.Conv2d(16, 16, 3, stride=2),
                nn.ReLU(),
                nn.Flatten(),
                nn.LazyLinear(classes),
            )
            self.body(torch.zeros(1, 3, 16, 16))
        with torch.no_grad():
            self.body[-1].weight.mul_(20)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


class Masked(Convolutions):
    """Gives a gradient on the uniform pictures that loading tries, and none on any other."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        textured = x.flatten(2).std(2).amax(1)[:, None, None, None] > 0.05
        return self.body(torch.where(textured, x.detach(), x))


class Saturated(Convolutions):
    """So sure that in float32 every probability is 0 or 1, and the cross-entropy has no gradient."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) * 1e4


def classifier(module: nn.Module, size: int, task: str = "single-label", mean: float = 0.4) -> Classifier:
    return load(module, input_size=size, mean=mean, std=0.3, task=task)


def images(n: int, size: int, seed: int = 0) -> torch.Tensor:
    """On the 8-bit grid, away from black and white, so that no change is cut off."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(60, 196, (n, 3, size, size), generator=generator).float() / 255


def answered(model: Classifier, pictures: torch.Tensor) -> list[int]:
    with torch.no_grad():
        return model.logits(pictures).argmax(1).tolist()
