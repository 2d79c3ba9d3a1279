"""Controls that can be made of any change: as strong, and without what is to be proved.

All start from the difference that a change makes to a photograph. A class that answers to a control as well
answers to strength, to a mean colour or to many edges, and not to the pattern.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from audit.probes.change import Change

Kind = Literal["noise", "shuffled", "flat", "other colour"]
BLOCKS = 8
"""Blocks along each side that are shuffled: 4 px of 32, 28 px of 224."""
TOUCHED = 1 / 512
"""A pixel that changed by less, half a level of 8 bits, was left alone."""


@dataclass(frozen=True, eq=False)
class ControlOf:
    """What controls of any change have in common."""

    change: Change
    kind: str

    @property
    def id(self) -> str:
        """The id of the change, and what was done to it."""
        return f"{self.change.id}~{self.kind.replace(' ', '-')}"

    @property
    def family(self) -> str:
        """That of the change."""
        return self.change.family

    @property
    def control_of(self) -> str:
        """The change that it is a control of."""
        return self.change.id

    def random(self, row: int) -> np.random.Generator:
        """Random numbers of a photograph under this control."""
        digest = hashlib.sha256(f"{self.id}\0{row}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "little"))


@dataclass(frozen=True, eq=False)
class MatchedControl(ControlOf):
    """A change without its pattern."""

    kind: Kind

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` in [0, 1] → as strongly changed images, same shape, in [0, 1]."""
        difference = self.change(images, rows) - images
        made = [_MADE[self.kind](each, self.random(row)) for each, row in zip(difference, rows, strict=True)]
        return (images + torch.stack(made)).clamp(0, 1) if made else images


def _noise(difference: Tensor, random: np.random.Generator) -> Tensor:
    """Independent normal noise of the same energy in each channel."""
    drawn = torch.from_numpy(random.standard_normal(difference.shape).astype(np.float32)).to(difference)
    return drawn * difference.square().mean((1, 2), keepdim=True).sqrt()


def _shuffled(difference: Tensor, random: np.random.Generator) -> Tensor:
    """Its blocks at other places; what does not fill a block stays."""
    channels, height, width = difference.shape
    tall, wide = height // BLOCKS, width // BLOCKS
    if not tall or not wide:
        return difference
    inner = difference[:, : tall * BLOCKS, : wide * BLOCKS].reshape(channels, BLOCKS, tall, BLOCKS, wide)
    blocks = inner.permute(1, 3, 0, 2, 4).reshape(BLOCKS * BLOCKS, channels, tall, wide)
    order = torch.from_numpy(random.permutation(BLOCKS * BLOCKS)).to(difference.device)
    moved = blocks[order].reshape(BLOCKS, BLOCKS, channels, tall, wide).permute(2, 0, 3, 1, 4)
    made = difference.clone()
    made[:, : tall * BLOCKS, : wide * BLOCKS] = moved.reshape(channels, tall * BLOCKS, wide * BLOCKS)
    return made


def _flat(difference: Tensor, random: np.random.Generator) -> Tensor:
    """Its mean over all pixels that it touches, on all of these."""
    touched = (difference.abs() > TOUCHED).any(0, keepdim=True)
    number = touched.sum().clamp(min=1)
    return touched * ((difference * touched).sum((1, 2), keepdim=True) / number)


def _other_colour(difference: Tensor, random: np.random.Generator) -> Tensor:
    """Its colour channels in a circle: another hue of the same strength; one channel with its sign turned."""
    return difference.roll(1, 0) if len(difference) > 1 else -difference


_MADE: dict[Kind, Callable[[Tensor, np.random.Generator], Tensor]] = {
    "noise": _noise,
    "shuffled": _shuffled,
    "flat": _flat,
    "other colour": _other_colour,
}

_OF_FAMILY: dict[str, tuple[Kind, ...]] = {
    "watermark": ("shuffled", "noise"),
    "border": ("other colour", "shuffled", "noise"),
    "cast": ("other colour", "noise"),
    "surround": ("other colour", "noise"),
    "sinusoid": ("shuffled", "noise"),
    "checker": ("shuffled", "flat", "noise"),
    "patch": ("shuffled", "flat", "noise"),
    "moving-patch": ("shuffled", "flat", "noise"),
    "spread": ("shuffled", "noise"),
    "blend": ("shuffled", "flat", "noise"),
    "color-map": ("other colour", "noise"),
    "wave": ("shuffled", "noise"),
    "tone": ("other colour", "noise"),
}
"""What would be left of a cue: the mean colour of a tint is the tint itself, so it has no flat control."""


def matched_controls(change: Change) -> list[MatchedControl]:
    """The controls that fit a change of its family; noise of the same energy at least."""
    return [MatchedControl(change, kind) for kind in _OF_FAMILY.get(change.family, ("noise",))]
