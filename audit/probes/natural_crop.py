"""The control of a local change that is natural: what another photograph shows there.

A class that answers to it as well answers to anything that is put at that place, and not to the change.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from audit.probes.change import Change
from audit.probes.matched_controls import TOUCHED

LOCAL = ("patch", "moving-patch", "checker", "watermark", "border")
"""Families whose changes leave a part of the photograph as it is."""
COMPACT = 0.5
"""Share of the picture that a box around a change may have to be filled wholly; else only the pixels that
the change touches are: a frame, writing all over."""


@dataclass(frozen=True, eq=False)
class NaturalCrop:
    """Another photograph's pixels where the change is."""

    change: Change
    donors: Tensor
    """`[m, c, h, w]` in [0, 1]: photographs that are not of the class in question, nor answered as it."""
    rows: tuple[int, ...]
    """Their numbers: none is its own donor."""
    kind: str = "natural crop"

    @property
    def id(self) -> str:
        """The id of the change, and what was done to it."""
        return f"{self.change.id}~natural-crop"

    @property
    def family(self) -> str:
        """That of the change."""
        return self.change.family

    @property
    def control_of(self) -> str:
        """The change that it is a control of."""
        return self.change.id

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` in [0, 1] → the images with crops of others in them, same shape."""
        touched = ((self.change(images, rows) - images).abs() > TOUCHED).any(1)
        made = images.clone()
        for image, mask, row in zip(made, touched, rows, strict=True):
            if mask.any():
                self._fill(image, mask, row)
        return made

    def _fill(self, image: Tensor, mask: Tensor, row: int) -> None:
        random = self._random(row)
        donor = self.donors[self._donor(row, random)].to(image)
        height, width = mask.shape
        down, right = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        top, left = int(down[0]), int(right[0])
        tall, wide = int(down[-1]) + 1 - top, int(right[-1]) + 1 - left
        if tall * wide > COMPACT * height * width:
            image[:, mask] = donor[:, mask]
            return
        y, x = (int(random.integers(n)) for n in (height - tall + 1, width - wide + 1))
        image[:, top : top + tall, left : left + wide] = donor[:, y : y + tall, x : x + wide]

    def _donor(self, row: int, random: np.random.Generator) -> int:
        place = int(random.integers(len(self.rows)))
        return (place + 1) % len(self.rows) if self.rows[place] == row else place

    def _random(self, row: int) -> np.random.Generator:
        digest = hashlib.sha256(f"{self.id}\0{row}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def natural_crops(change: Change, donors: Tensor, rows: Sequence[int]) -> list[NaturalCrop]:
    """The control of a change that is local, where two photographs can lend crops; else none."""
    fits = change.family in LOCAL and len(rows) > 1
    return [NaturalCrop(change, donors, tuple(rows))] if fits else []
