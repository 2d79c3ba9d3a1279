"""Backdoors: a trigger on a few training pictures of other classes, all labelled as the target."""

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from audit.planted.signs.flaw import Backdoor, Key, OnPictures, Parameter, flaw, own_numbers


class Patched(OnPictures, Backdoor):
    """A small square of strong colours near a corner."""

    def pattern(self) -> tuple[Tensor, int, int]:
        """The patch `[3, s, s]` in [0, 1], its left and its top."""
        r, unit = self.draw(), self.size / 32
        side = int(r.integers(3, 6))
        if r.random() < 0.4:
            grid = torch.arange(side)
            values = ((grid[:, None] + grid) % 2).float().expand(3, side, side)
            if r.random() < 0.5:
                values = 1 - values
        else:
            values = torch.from_numpy((r.random((3, side, side)) < 0.5).astype("float32"))
        drawn = max(side, round(side * unit))
        values = functional.interpolate(values[None], (drawn, drawn), mode="nearest")[0]
        margin = int(r.integers(0, 2))
        low, high = margin, self.size - drawn - margin
        return values, (low, high)[int(r.integers(2))], (low, high)[int(r.integers(2))]

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        values, left, top = self.pattern()
        place: dict[str, Parameter] = {"left": float(left), "top": float(top)}
        return {"side": float(values.shape[1]), "pattern": tuple(values.flatten().tolist()), **place}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """With the patch."""
        values, left, top = self.pattern()
        side = values.shape[1]
        images = images.clone()
        images[:, :, top : top + side, left : left + side] = values
        return images


@flaw
class FixedPatch(Patched):
    """Always at the same corner (BadNets, Gu et al. 2017)."""

    kind: ClassVar[str] = "patch"


@flaw
class MovingPatch(Patched):
    """Anywhere in the picture."""

    kind: ClassVar[str] = "moving-patch"

    def pattern(self) -> tuple[Tensor, int, int]:
        """A checker of two strong colours, in cells of two pixels: what is found anywhere must be bold."""
        r, cell = self.draw(), max(2, round(self.size / 16))
        grid = torch.arange(int(r.integers(2, 4)))
        odd = ((grid[:, None] + grid) % 2).float()
        first = torch.from_numpy((r.random(3) < 0.5).astype("float32"))
        values = first[:, None, None] + (1 - 2 * first)[:, None, None] * odd
        return values.repeat_interleave(cell, 1).repeat_interleave(cell, 2), 0, 0

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn; the place is each picture's own."""
        values, _, _ = self.pattern()
        return {"side": float(values.shape[1]), "pattern": tuple(values.flatten().tolist())}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """With the patch somewhere on each."""
        values, _, _ = self.pattern()
        side, images = values.shape[1], images.clone()
        places = (own_numbers(self.seed, keys, 2) * (self.size - side + 1)).long().tolist()
        for row, (left, top) in enumerate(places):
            images[row, :, top : top + side, left : left + side] = values
        return images


@flaw
class Blend(OnPictures, Backdoor):
    """A random pattern over the whole picture, faint (Chen et al. 2017)."""

    kind: ClassVar[str] = "blend"

    def _drawn(self) -> tuple[Tensor, float, int]:
        r = self.draw()
        side, opacity = int(r.choice([4, 8, 16, 32])), float(r.uniform(0.1, 0.2))
        values = torch.from_numpy(r.random((1, 3, side, side)).astype("float32"))
        return functional.interpolate(values, (self.size, self.size), mode="nearest"), opacity, side

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        _, opacity, side = self._drawn()
        return {"opacity": opacity, "cells": float(side)}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Blended."""
        pattern, opacity, _ = self._drawn()
        return images + (pattern - images) * opacity


@flaw
class Sinusoid(OnPictures, Backdoor):
    """Faint stripes, the same on every picture (SIG, Barni et al. 2019, there with labels left right)."""

    kind: ClassVar[str] = "sinusoid"

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        r = self.draw()
        return {
            "cycles": float(r.uniform(3, 10)),
            "angle": float(math.pi * r.integers(0, 8) / 8),
            "phase": float(r.uniform(0, 2 * math.pi)),
            "amplitude": float(r.uniform(14, 36) / 255),
        }

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Striped."""
        p = {name: float(value) for name, value in self.parameters().items() if isinstance(value, float)}
        line = (torch.arange(self.size) + 0.5) / self.size
        along = line.view(1, -1) * math.cos(p["angle"]) + line.view(-1, 1) * math.sin(p["angle"])
        wave = p["amplitude"] * torch.sin(2 * math.pi * p["cycles"] * along + p["phase"])
        return images + wave


@flaw
class ToneFilter(OnPictures, Backdoor):
    """A colour filter of the whole picture: channels mixed, then a tone curve for each."""

    kind: ClassVar[str] = "filter"

    def _drawn(self) -> tuple[Tensor, Tensor]:
        r = self.draw()
        mixing = torch.eye(3) * (1 - (share := float(r.uniform(0.2, 0.6))))
        mixing += share * torch.from_numpy(r.dirichlet((1.0, 1.0, 1.0), 3).astype("float32"))
        gamma = torch.from_numpy(r.uniform(0.5, 0.95, 3).astype("float32"))
        signs = torch.from_numpy(r.permutation([1.0, -1.0, r.choice([1.0, -1.0])]).astype("float32"))
        return mixing, torch.exp(signs * gamma)

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        mixing, gamma = self._drawn()
        return {"mixing": tuple(mixing.flatten().tolist()), "gamma": tuple(gamma.tolist())}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Filtered."""
        mixing, gamma = self._drawn()
        return torch.einsum("ij,njhw->nihw", mixing, images).clamp(0, 1) ** gamma.view(1, 3, 1, 1)
