"""Where on an image a class is seen: a map from the answers to its pieces, and the regions that stand out."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from audit.parts.pieces import STEPS

Mask = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]
STANDS_OUT = 0.3
"""Share of the largest evidence from which a place belongs to a region. On the demo's dumbbells .25 to .35
outline the arm alike, with an intersection over union of .6."""
LEAST_AREA = 0.01
"""Share of the image below which a region is none."""
LEAST_EVIDENCE = 0.5
"""Log odds above those of plain grey without which an image shows no region: then no piece says anything."""


def evidence_map(on_pieces: Tensor, on_grey: float, height: int, width: int) -> Floats:
    """How far each place raises a class, `[n, h, w]`: log odds of its pieces alone `[n, pieces]`, above those
    of plain grey, interpolated between the centres of the pieces; nothing where they are lower, or not
    finite."""
    side = STEPS + 1
    raised = (on_pieces - on_grey).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0).view(-1, 1, side, side)
    drawn = functional.interpolate(raised, (height, width), mode="bilinear", align_corners=True)
    return drawn[:, 0].clamp(min=0).numpy()


@dataclass(frozen=True, eq=False)
class Region:
    """A connected place on one image."""

    mask: Mask
    """`[h, w]`."""
    share: float
    """Of all that speaks for the class on this image."""

    @property
    def area(self) -> float:
        """Share of the image."""
        return float(self.mask.mean())


def regions(evidence: Floats) -> list[Region]:
    """The regions of one map `[h, w]`, those with the largest share first; none where it says nothing."""
    from scipy.ndimage import label  # late: few runs need it

    most, total = float(evidence.max(initial=0.0)), float(evidence.sum())
    if not math.isfinite(total) or most < LEAST_EVIDENCE:
        return []
    numbered, count = label(evidence >= STANDS_OUT * most)  # pyright: ignore[reportGeneralTypeIssues]
    found = [Region(numbered == n, float(evidence[numbered == n].sum()) / total) for n in range(1, count + 1)]
    large = [region for region in found if region.area >= LEAST_AREA]
    return sorted(large, key=lambda region: -region.share)


def outline(mask: Mask) -> list[list[tuple[float, float]]]:
    """Its edges as polygons of (x, y) in shares of the sides."""
    from skimage.measure import approximate_polygon, find_contours  # late: few runs need it

    height, width = mask.shape
    edges = find_contours(np.pad(mask.astype(float), 1), 0.5)
    rough = [approximate_polygon(edge - 1, tolerance=max(height, width) / 128) for edge in edges]
    return [
        [
            (round(float((x + 0.5) / width), 4), round(float((y + 0.5) / height), 4))
            for y, x in edge.clip((-0.5, -0.5), (height - 0.5, width - 0.5))
        ]
        for edge in rough
        if len(edge) > 2
    ]


def as_tensor(mask: Mask) -> Tensor:
    """`[1, h, w]` of 0 and 1."""
    return torch.from_numpy(mask.astype(np.float32))[None]
