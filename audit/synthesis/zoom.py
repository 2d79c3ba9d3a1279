"""A picture fed back to the network, enlarged a little each time: the endless dream."""

import math
from collections.abc import Callable, Generator

import torch
from torch import Tensor
from torch.nn import functional as F

from audit.synthesis.tone import Tone


def magnified(picture: Tensor, factor: float, degrees: float) -> Tensor:
    """A picture `[1, c, h, w]` enlarged by `factor` and turned about its centre, in one bicubic resampling.

    What stands at v (x to the right, y down, from the centre) stands at factor · R(degrees) v afterwards;
    positive angles turn counterclockwise as seen. Beyond the border stands its reflection.
    """
    height, width = picture.shape[-2:]
    cos, sin = math.cos(math.radians(degrees)) / factor, math.sin(math.radians(degrees)) / factor
    # From the new place to the old one; coordinates run from -1 to 1 along each side, whatever its length.
    aspect = height / width
    map = torch.tensor([[[cos, -sin * aspect, 0.0], [sin / aspect, cos, 0.0]]], device=picture.device)
    grid = F.affine_grid(map.to(picture.dtype), list(picture.shape), align_corners=False)
    moved = F.grid_sample(picture, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
    return moved.clamp(0, 1)


def journey(
    first: Tensor, frames: int, factor: float, degrees: float, dream: Callable[[Tensor, int], Tensor]
) -> Generator[Tensor]:
    """`frames` pictures `[1, c, h, w]` in [0, 1]: the first, then each dreamt from the one before, enlarged.

    `dream(picture, i)` makes frame i of it. Mean and covariance of the colours stay those of the first frame:
    an error of a per cent each time would be a factor of two after seventy.
    """
    tone, picture = Tone.of(first), first
    yield picture
    for number in range(1, frames):
        picture = tone.given_to(dream(magnified(picture, factor, degrees), number))
        yield picture
