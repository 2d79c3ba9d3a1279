"""A change with fitted parameters, as it can be saved, applied again and proved by others."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from audit.probes.fitting.fitted_color_map import ColorMapFamily
from audit.probes.fitting.fitted_family import Array, FittedFamily
from audit.probes.fitting.fitted_filter import FilterFamily
from audit.probes.fitting.fitted_frame import BorderFamily, SurroundFamily
from audit.probes.fitting.fitted_overlay import BlendFamily, SpreadFamily
from audit.probes.fitting.fitted_patch import MovingPatchFamily, PatchFamily
from audit.probes.fitting.fitted_tone import ToneFamily
from audit.probes.fitting.fitted_warp import WarpFamily
from audit.probes.fitting.fitted_wave import WaveFamily

FITTED: Mapping[str, Callable[[tuple[int, int, int]], FittedFamily]] = {
    family.name: family
    for family in (
        PatchFamily,
        MovingPatchFamily,
        SpreadFamily,
        BlendFamily,
        ColorMapFamily,
        BorderFamily,
        SurroundFamily,
        WarpFamily,
        FilterFamily,
        WaveFamily,
        ToneFamily,
    )
}
"""Every family by its name; each is made for a shape of images."""


@dataclass(frozen=True, eq=False)
class FittedChange:
    """One set of parameters of a family at a place. The same fields give the same change."""

    id: str
    family: str
    place: str
    parameters: Array
    strength: float = 1.0
    """Multiple of the family's usual budget."""
    seed: int = 0
    """Keys the places of a moving patch, together with the photographs' numbers."""
    control_of: str | None = None

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]` in [0, 1] → changed images; see `audit.probes.change.Change`."""
        family = FITTED[self.family]((images.shape[1], images.shape[2], images.shape[3]))
        corners = torch.from_numpy(family.corners(self.place, rows, self.seed)).to(images.device)
        one = torch.from_numpy(self.parameters).to(images)
        with torch.no_grad():
            return family.apply(one.expand(len(images), *one.shape), images, corners, self.strength)


def controls(change: FittedChange, shape: tuple[int, int, int]) -> list[FittedChange]:
    """The same change without its pattern, at the same place and within the same budget: the pattern shuffled
    in blocks, and its mean alone, where that makes sense for the family.

    `shape`: channels, height and width of the images.
    """
    family = FITTED[change.family](shape)
    rng = np.random.default_rng([change.seed, *hashlib.sha256(change.id.encode()).digest()[:8]])
    made = {"shuffled": family.shuffled(change.parameters, rng), "flat": family.flat(change.parameters)}
    return [
        replace(
            change,
            id=f"{change.id}/{name}",
            parameters=np.ascontiguousarray(parameters, dtype=np.float32),
            control_of=change.id,
        )
        for name, parameters in made.items()
        if parameters is not None
    ]
