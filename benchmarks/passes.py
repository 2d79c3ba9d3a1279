"""What a network is asked, counted at the network itself: the same rule for every system."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

FULL = 224
"""Side in pixels of one view."""


@dataclass
class Passes:
    """Forward passes with a gradient: `shapes` are (images, height, width), in order."""

    shapes: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def views(self) -> float:
        """Forward and backward image-views; a smaller image counts by its area."""
        return sum(n * h * w for n, h, w in self.shapes) / FULL**2


@contextmanager
def counted(module: nn.Module) -> Iterator[Passes]:
    """Note every pass of `module` whose input needs a gradient."""
    passes = Passes()

    def note(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        images = inputs[0]
        if torch.is_grad_enabled() and images.requires_grad:
            passes.shapes.append((images.shape[0], images.shape[-2], images.shape[-1]))

    handle = module.register_forward_pre_hook(note)
    try:
        yield passes
    finally:
        handle.remove()
