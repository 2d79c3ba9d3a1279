"""Matched controls of an overlay: the same place and strength, without what makes it that overlay.

- `shuffled`: its cells in another order (sides an eighth of the picture's, less for a small patch).
- `scrambled`: random phases, so the same amplitude spectrum and mean; every order in space is lost
  (Oppenheim and Lim 1981, "The importance of phase in signals"). Values are kept in [0, 1] by alternating
  projections, which costs some of the spectrum's exactness where contrast is high; the mean is exact.
- `pixels`: its pixels in another order, so the same colours. For textures, which outlive the two above.
- `flat`: its mean.
- `grey`: a colour without its hue: the grey of its luminance, mid grey for what is grey already.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from audit.probes.cells import box, shuffled_places
from audit.probes.overlay import LUMINANCE, Kind, Layer, Overlay, side

CELL = 1 / 8
"""Side of a shuffled cell, relative to the picture's side."""
PROJECTIONS = 6


@dataclass(frozen=True, kw_only=True)
class Control(Overlay):
    """A control of the overlay `of`; made by `controls`."""

    of: Overlay
    kind: Kind

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """The layer of `of` without its structure."""
        pattern, alpha = self.of.layer(height, width, variant)
        rng = np.random.default_rng((*self.of.id.encode(), variant))
        top, bottom, left, right = box(alpha[0] > 1e-6)
        inside = (slice(None), slice(top, bottom), slice(left, right))
        if self.kind == "grey":
            return Layer(_grey(pattern), alpha)
        if self.of.carried == "mask":
            changed = alpha.clone()
            changed[inside] = self._without(
                alpha[inside], torch.ones_like(alpha[inside]), side(height, width), rng
            )
            return Layer(pattern, changed)
        changed = pattern.clone()
        changed[inside] = self._without(pattern[inside], alpha[inside], side(height, width), rng)
        return Layer(changed, alpha)

    def _without(self, picture: Tensor, weight: Tensor, length: int, rng: np.random.Generator) -> Tensor:
        height, width = picture.shape[1:]
        if self.kind == "flat":
            mean = (picture * weight).sum((1, 2)) / weight.sum().clamp(min=1e-9)
            return mean[:, None, None].expand_as(picture)
        if self.kind == "scrambled":
            return scrambled(picture, rng)
        cell = 1 if self.kind == "pixels" else max(1, min(round(length * CELL), min(height, width) // 3))
        rows, columns = shuffled_places(height, width, cell, rng)
        return picture[:, rows, columns]


def controls(overlay: Overlay) -> list[Control]:
    """The controls that differ from the overlay itself."""
    pattern, alpha = overlay.layer(32, 32)
    plain = overlay.carried == "pattern" and _constant(pattern, alpha)
    kinds: tuple[Kind, ...] = ("grey",) if plain else overlay.kinds
    return [
        Control(
            id=f"{overlay.id}~{kind}",
            family=overlay.family,
            control_of=overlay.id,
            carried=overlay.carried,
            variants=overlay.variants,
            of=overlay,
            kind=kind,
        )
        for kind in kinds
    ]


def scrambled(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """`[c, h, w]` in [0, 1] with random phases, the same in all channels, in [0, 1]."""
    height, width = picture.shape[-2:]
    noise = torch.fft.fft2(torch.from_numpy(rng.normal(size=(height, width))))
    turn = noise / noise.abs().clamp(min=1e-12)
    turn[0, 0] = 1.0
    spectrum = torch.fft.fft2(picture.double()) * turn
    amplitude = spectrum.abs()
    values = torch.fft.ifft2(spectrum).real
    for _ in range(PROJECTIONS):
        if bool(((values >= 0) & (values <= 1)).all()):
            break
        within = torch.fft.fft2(values.clamp(0, 1))
        values = torch.fft.ifft2(amplitude * within / within.abs().clamp(min=1e-12)).real
    return _with_mean(values.clamp(0, 1), picture.double().mean((1, 2), keepdim=True)).float()


def _with_mean(values: Tensor, mean: Tensor) -> Tensor:
    """`[c, h, w]` in [0, 1] drawn towards black, or towards white, until each channel has its `mean`."""
    own = values.mean((1, 2), keepdim=True)
    darker = values * (mean / own.clamp(min=1e-12))
    lighter = 1 - (1 - values) * ((1 - mean) / (1 - own).clamp(min=1e-12))
    return torch.where(own > mean, darker, lighter)


def _constant(pattern: Tensor, alpha: Tensor) -> bool:
    seen = pattern[:, alpha[0] > 1e-6]
    return not seen.numel() or bool(((seen.amax(1) - seen.amin(1)) < 1e-3).all())


def _grey(pattern: Tensor) -> Tensor:
    luminance = (pattern * torch.tensor(LUMINANCE)[:, None, None]).sum(0, keepdim=True)
    hueless = bool(((pattern - luminance).abs() < 0.02).all())
    return (torch.full_like(luminance, 0.5) if hueless else luminance).expand_as(pattern)
