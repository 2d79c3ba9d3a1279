"""How a network must be run: what loading found by trying, and everything that runs it follows.

The usual way is the fastest: channels-last memory, any number of images, no gradients where none are wanted.
A network that cannot be run so is run in a slower way that gives the same answers.
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from audit.classifier.foreign_code import switches_kept
from audit.classifier.kept_state import Kept, restore


@dataclass(frozen=True)
class PassRules:
    """The defaults hold for nearly every network."""

    layout: torch.memory_format = torch.channels_last
    """Of the weights and of the input in memory."""
    pairs: bool = False
    """It is never given one image alone: a batch of one is given twice, and the first row is its answer."""
    gradients: bool = False
    """It runs only where gradients are recorded, also in passes that want none."""
    kept: Kept = field(default_factory=dict[str, dict[str, Any]])
    """Attributes in which it keeps tensors of a pass, with the values from before, which are put back."""

    def arrange(self, module: nn.Module) -> None:
        """Lay the weights of `module` out as these rules say."""
        module.to(memory_format=self.layout)  # pyright: ignore[reportCallIssue]

    def run(self, module: nn.Module, inputs: Tensor) -> Any:
        """What `module` gives for normalised input `[n, c, h, w]`: outputs `[n, k]` of a proved network.

        The caller sees a plain pass: as many rows as images, and a gradient only where one was wanted.
        """
        restore(module, self.kept)
        given = torch.cat([inputs, inputs]) if self._doubled(inputs) else inputs
        wanted = _wanted(inputs)
        record = self.gradients and not wanted
        with switches_kept():
            if record:
                torch.set_grad_enabled(True)
            outputs = module(given.detach().requires_grad_() if record else given)
        if not wanted:
            # No backward pass follows that may read them.
            restore(module, self.kept)
        return self.seen(outputs, inputs)

    def seen(self, value: Any, images: Tensor) -> Any:
        """What a hook or the caller got in a pass over `images` `[n, ...]`, as in a plain pass.

        Only a tensor whose first axis counts the images loses the row of the second copy.
        """
        if not isinstance(value, Tensor):
            return value
        if self._doubled(images) and value.ndim and len(value) == 2:
            value = value[:1]
        return value.detach() if self.gradients and not _wanted(images) else value

    def _doubled(self, images: Tensor) -> bool:
        return self.pairs and len(images) == 1


def _wanted(images: Tensor) -> bool:
    """Whether a gradient with respect to the images is wanted."""
    return torch.is_grad_enabled() and images.requires_grad
