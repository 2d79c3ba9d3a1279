"""The control of a local change that is natural: what another photograph shows there.

A class that answers to it as well answers to anything that is put at that place, and not to the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from audit.probes.cells import box
from audit.probes.change import Change
from audit.probes.matched_controls import TOUCHED, ControlOf

LOCAL = ("patch", "moving-patch", "checker", "watermark", "border")
"""Families whose changes leave a part of the photograph as it is."""
COMPACT = 0.5
"""Share of the picture that a box around a change may have to be filled wholly; else only the pixels that
the change touches are: a frame, writing all over."""


@dataclass(frozen=True, eq=False)
class NaturalCrop(ControlOf):
    """Another photograph's pixels where the change is."""

    images: Tensor
    """`[m, c, h, w]` in [0, 1]: all photographs."""
    rows: Sequence[int]
    """Their numbers: none lends to itself."""
    lenders: Sequence[int]
    """Places of those that are not of the class in question, nor answered as it."""

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` in [0, 1] → the images with crops of others in them, same shape."""
        touched = ((self.change(images, rows) - images).abs() > TOUCHED).any(1)
        made = images.clone()
        for image, mask, row in zip(made, touched, rows, strict=True):
            if mask.any():
                self._fill(image, mask, row)
        return made

    def _fill(self, image: Tensor, mask: Tensor, row: int) -> None:
        random = self.random(row)
        donor = self._donor(row, random).to(image)
        height, width = mask.shape
        top, bottom, left, right = box(mask)
        tall, wide = bottom - top, right - left
        if tall * wide > COMPACT * height * width:
            image[:, mask] = donor[:, mask]
            return
        y, x = (int(random.integers(n)) for n in (height - tall + 1, width - wide + 1))
        image[:, top:bottom, left:right] = donor[:, y : y + tall, x : x + wide]

    def _donor(self, row: int, random: np.random.Generator) -> Tensor:
        place = int(random.integers(len(self.lenders)))
        if self.rows[self.lenders[place]] == row:
            place = (place + 1) % len(self.lenders)
        return self.images[self.lenders[place]]


def natural_crops(
    change: Change, images: Tensor, rows: Sequence[int], lenders: Sequence[int]
) -> list[NaturalCrop]:
    """The control of a change that is local, where two photographs can lend crops; else none."""
    fits = change.family in LOCAL and len(lenders) > 1
    return [NaturalCrop(change, "natural crop", images, rows, lenders)] if fits else []
