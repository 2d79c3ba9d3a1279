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


def replay(module: nn.Module, passes: Passes) -> None:
    """Ask the bare network for the same views in the same batches: forward, and the gradient of own logits
    with respect to a fixed normalised input. Channels-last, as the engine runs it."""
    images: dict[tuple[int, int, int], torch.Tensor] = {}
    for shape in passes.shapes:
        if shape not in images:
            n, h, w = shape
            noise = torch.rand(n, 3, h, w).contiguous(memory_format=torch.channels_last)
            images[shape] = (noise * 2 - 1).requires_grad_(True)
        labels = torch.arange(shape[0])
        own = module(images[shape]).gather(1, labels[:, None]).sum()
        torch.autograd.grad(own, images[shape])
