"""Textures over the middle of a picture, blended over all of it, and instead of its surroundings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from audit.images.dead_leaves import dead_leaves
from audit.probes.bank.bands import blurred
from audit.probes.bank.textures import TEXTURES
from audit.probes.overlay import Kind, Layer, Overlay, colour, for_channels

Where = Literal["middle", "all", "around"]
VARIANTS = 6
KINDS: tuple[Kind, ...] = ("pixels", "flat")
AROUND = 0.9
"""Opacity of new surroundings."""
RADII = (0.31, 0.31)
"""Half axes of the ellipse in the middle, relative to height and width: 30 % of the picture."""
KEPT = (0.4, 0.4)
"""Half axes of what stays when the surroundings are replaced: half of the picture."""


def ellipse(height: int, width: int, axes: tuple[float, float], soft: float = 0.03) -> Tensor:
    """`[1, h, w]`: 1 inside, 0 outside, falling over `soft` of the side."""
    down = (torch.arange(height) + 0.5) / height - 0.5
    across = (torch.arange(width) + 0.5) / width - 0.5
    out = torch.hypot(down[:, None] / axes[0], across[None] / axes[1])
    return ((1 - out) * min(axes) / soft + 0.5).clamp(0, 1)[None]


def mask(where: Where, height: int, width: int) -> Tensor:
    """Where the texture goes, `[1, h, w]`."""
    if where == "middle":
        return ellipse(height, width, RADII)
    if where == "around":
        return 1 - ellipse(height, width, KEPT)
    return torch.ones(1, height, width)


@dataclass(frozen=True, kw_only=True)
class Surface(Overlay):
    """A texture, in a few variants, at one of three places."""

    texture: str
    where: Where
    opacity: float = 1.0
    kinds: tuple[Kind, ...] = KINDS
    variants: int = VARIANTS

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """One drawing of the texture."""
        rng = np.random.default_rng((*self.texture.encode(), variant))
        picture = np.clip(TEXTURES[self.texture](rng, height, width), 0, 1)
        return Layer(torch.from_numpy(picture).float(), self.opacity * mask(self.where, height, width))


@dataclass(frozen=True, kw_only=True)
class FlatAround(Overlay):
    """One colour instead of the surroundings."""

    family: str = "surround"
    ink: tuple[float, float, float]

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """The colour around the middle."""
        return Layer(colour(*self.ink).expand(3, height, width), AROUND * mask("around", height, width))


@dataclass(frozen=True, kw_only=True)
class SceneAround(Overlay):
    """A dead-leaves scene instead of the surroundings."""

    family: str = "surround"
    kinds: tuple[Kind, ...] = KINDS
    variants: int = 2 * VARIANTS

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """One of several scenes."""
        scene = dead_leaves(np.random.default_rng((11, variant)), (height, width))
        return Layer(torch.from_numpy(scene).float().permute(2, 0, 1), mask("around", height, width))


@dataclass(frozen=True)
class WithoutMiddle:
    """The middle filled with the mean colour of the picture; the surroundings stay."""

    id: str = "without-middle"
    family: str = "surround"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, filled."""
        inside = ellipse(*_sides(images), KEPT).to(images)
        return images * (1 - inside) + images.mean((2, 3), keepdim=True) * inside


@dataclass(frozen=True)
class WithoutSurroundings:
    """What is around the middle filled with its mean colour, or blurred."""

    id: str
    fill: Literal["mean", "blur"]
    family: str = "surround"

    def __call__(self, images: Tensor, rows: Sequence[int]) -> Tensor:
        """`[n, c, h, w]`, filled."""
        outside = 1 - ellipse(*_sides(images), KEPT).to(images)
        if self.fill == "blur":
            filled = blurred(images, 0.15 * min(_sides(images)))
        else:
            filled = (images * outside).sum((2, 3), keepdim=True) / outside.sum().clamp(min=1)
        return images * (1 - outside) + filled * outside


@dataclass(frozen=True, eq=False, kw_only=True)
class PhotographAround(Overlay):
    """Instead of the surroundings those of another photograph, `photographs` `[m, c, h, w]`."""

    id: str = "around-photographs"
    family: str = "surround"
    kinds: tuple[Kind, ...] = KINDS
    photographs: Tensor

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """One of the photographs."""
        picture = self.photographs[variant : variant + 1]
        if picture.shape[2:] != (height, width):
            picture = torch.nn.functional.interpolate(picture, (height, width), mode="area")
        return Layer(for_channels(picture.expand(-1, 3, -1, -1), 3)[0], mask("around", height, width))


def textures() -> list[Overlay]:
    """Over the middle, and blended half and half over all."""
    middle = ("grass", "water", "fire", "fur", "spots")
    blended = ("foliage", "brick", "stripes", "mesh", "snow")
    return [
        *[Surface(id=f"{name}@middle", family="texture", texture=name, where="middle") for name in middle],
        *[
            Surface(id=f"{name}@all", family="texture", texture=name, where="all", opacity=0.5)
            for name in blended
        ],
    ]


def surrounds(photographs: Tensor | None = None) -> list[Overlay]:
    """Eight grounds, four colours, scenes, and a dozen of the photographs where there are some."""
    grounds = ("snow", "grass", "water", "sky", "foliage", "fire", "sand", "brick")
    inks = {"white": (1, 1, 1), "black": (0, 0, 0), "green": (0.1, 0.6, 0.2), "blue": (0.1, 0.3, 0.8)}
    found: list[Overlay] = [
        Surface(id=f"around-{name}", family="surround", texture=name, where="around") for name in grounds
    ]
    found += [FlatAround(id=f"around-{name}", ink=ink) for name, ink in inks.items()]
    found.append(SceneAround(id="around-leaves"))
    if photographs is not None and len(photographs):
        lent = photographs[:: -(-len(photographs) // (2 * VARIANTS))].clone()
        found.append(PhotographAround(photographs=lent, variants=len(lent)))
    return found


def _sides(images: Tensor) -> tuple[int, int]:
    return images.shape[2], images.shape[3]
