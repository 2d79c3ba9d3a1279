"""Photographs of which only a part is left, without the object: what is still told apart rests on that part.

What a network makes of pictures without their object is what it learned beside the object (Xiao et al. 2021,
"Noise or signal", where only the background is left; Geirhos et al. 2019, where only the texture is).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from audit.probes.bank.borders import edge
from audit.probes.bank.layouts import in_blocks
from audit.probes.bank.surfaces import WithoutMiddle

FRAME = 4 / 32
"""Thickness of the frame that stays, relative to the side."""
GREY = 0.5
CELL = 3 / 32
"""Side of the blocks, relative to the side: too small to show a part of an object."""


@dataclass(frozen=True)
class OutsideAlone(WithoutMiddle):
    """The same picture, of which is asked what it tells and not what is lost in it."""

    id: str = "outside-alone"


@dataclass(frozen=True)
class FrameAlone:
    """A frame along the edges; all within is grey."""

    id: str = "frame-alone"
    family: str = "border"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, filled."""
        frame = edge(images.shape[2], images.shape[3], FRAME).to(images)
        return images * frame + GREY * (1 - frame)


@dataclass(frozen=True)
class ColorAlone:
    """The mean colour of the picture, everywhere."""

    id: str = "color-alone"
    family: str = "color"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, each of one colour."""
        return images.mean((2, 3), keepdim=True).expand_as(images).contiguous()


@dataclass(frozen=True)
class BlocksAlone:
    """Small blocks in an order of each photograph's own: colours and fine texture are left."""

    id: str = "blocks-alone"
    family: str = "texture"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, shuffled."""
        return in_blocks(images, rows, CELL, key=(5,))


def remains() -> list[OutsideAlone | FrameAlone | ColorAlone | BlocksAlone]:
    """One for each cue beside the object."""
    return [OutsideAlone(), FrameAlone(), ColorAlone(), BlocksAlone()]
