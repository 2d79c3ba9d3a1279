"""From an image in [0, 1] to network input: (x - mean) / std, as one multiplication and addition."""

import torch
from torch import Tensor

from audit.records import Preprocessing


class Normaliser:
    """Holds 1/std and -mean/std as float32 `[1, c, 1, 1]`; the result is laid out as `layout` says."""

    def __init__(
        self,
        path: Preprocessing,
        device: torch.device | str = "cpu",
        layout: torch.memory_format = torch.channels_last,
    ) -> None:
        """`path` gives mean and std per channel."""
        shape = (1, path.channels, 1, 1)
        mean = torch.tensor(path.mean, dtype=torch.float64).view(shape)
        std = torch.tensor(path.std, dtype=torch.float64).view(shape)
        self._layout = layout
        self._reversed = path.order == "bgr"
        self.scale = (1 / std).float().to(device)
        self.shift = (-mean / std).float().to(device)

    def __call__(self, images: Tensor) -> Tensor:
        """Float images `[n, c, h, w]` in [0, 1] → the same shape, normalised."""
        if self._reversed:
            images = images.flip(1)
        images = images.contiguous(memory_format=self._layout)
        # Always a new tensor, so that a network that works in place never touches the caller's images.
        return torch.addcmul(self.shift.to(images.dtype), images, self.scale.to(images.dtype))
