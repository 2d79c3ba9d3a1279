"""A network whose second class is a red corner, and photographs with it and without.

Tests load this file by its path: folders of tests are no packages.
"""

import torch
from torch import Tensor, nn

from audit.classifier import Classifier, load

SIDE = 32
CUE = 4
"""Side of the corner, in pixels: pieces whose centres are at most an eighth of the side away hold it."""
OWN = 1
"""The class with the cue."""
CLASSES = 4


class RedCorner(nn.Module):
    """The class answers to more red than elsewhere in the corner, the others to nothing; `broken` answers
    nothing that is finite where the middle is grey and the image is not."""

    def __init__(self, broken: bool = False) -> None:
        super().__init__()
        self.broken = broken
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        redness = x[:, 0, :CUE, :CUE].mean((1, 2)) - 0.5
        rows = torch.zeros(len(x), CLASSES)
        rows[:, 0] = 1.0
        rows[:, OWN] = 20 * redness
        if self.broken:
            grey = (x[:, :, SIDE // 2, SIDE // 2] - 0.5).abs().amax(1) < 0.01
            rows[grey & (x.flatten(1).std(1) > 0.01)] = float("nan")
        return rows * self.scale


def network(broken: bool = False) -> Classifier:
    return load(RedCorner(broken), input_size=SIDE, channels=3, mean=0.0, std=1.0)


def photographs(count: int = 16, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise `[n, 3, 32, 32]` with a dark or, where the class of the cue is shown, a red corner; labels
    `[n]`, each class in turn."""
    images = torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    labels = torch.arange(count) % CLASSES
    images[:, :, :CUE, :CUE] = 0.2
    images[labels == OWN, 0, :CUE, :CUE] = 1.0
    return (images * 255).round() / 255, labels
