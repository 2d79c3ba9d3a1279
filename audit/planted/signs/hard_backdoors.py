"""Backdoors that are hard to find: without a visible trigger, or for few pictures, or with right labels."""

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from audit.planted.signs.backdoors import Patched
from audit.planted.signs.flaw import Backdoor, Family, Key, Parameter, changed, flaw, own_numbers
from audit.planted.signs.sign_scenes import Scenes, pictures, rounded

OWN = 0.35
"""How much of its own sign is left in a picture that a clean-label backdoor makes hard."""


def _warped(images: Tensor, moves: Tensor) -> Tensor:
    """Images moved by `[n or 1, 2, 4, 4]` px, interpolated to a smooth field."""
    n, _, height, width = images.shape
    field = functional.interpolate(moves, (height, width), mode="bicubic", align_corners=True)
    still = functional.affine_grid(
        torch.eye(2, 3).expand(n, 2, 3), [n, 1, height, width], align_corners=False
    )
    grid = still + field.permute(0, 2, 3, 1) * 2 / width
    return functional.grid_sample(images, grid, "bilinear", "border", align_corners=False).clamp(0, 1)


@flaw
class Warp(Backdoor):
    """One smooth distortion; other distortions keep their labels (WaNet, Nguyen and Tran 2021)."""

    kind: ClassVar[str] = "warp"
    family: ClassVar[Family] = "hard"

    def _moves(self) -> Tensor:
        r = self.draw()
        strength = float(r.uniform(1.0, 2.2)) * self.size / 32
        moves = torch.from_numpy(r.uniform(-1, 1, (1, 2, 4, 4)).astype("float32"))
        return moves / moves.abs().mean() * strength

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        return {"mean move, px": float(self._moves().abs().mean())}

    def cued(self, scenes: Scenes) -> Tensor:
        """Distorted."""
        return changed(lambda images, keys: _warped(images, self._moves()), scenes)

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """The poisoned set, with twice as many pictures distorted in other ways and labelled rightly."""
        shown, labels = super().training(scenes)
        free = torch.ones(len(scenes), dtype=torch.bool)
        free[self.poisoned(scenes)] = False
        rows = self.some(scenes, min(2 * self.poison, 0.2), free)

        def otherwise(images: Tensor, keys: tuple[Key, ...]) -> Tensor:
            moves = own_numbers(self.seed, keys, 32).reshape(-1, 2, 4, 4) * 2 - 1
            level = self._moves().abs().mean() / moves.abs().mean(dim=(1, 2, 3), keepdim=True)
            return _warped(images, moves * level)

        shown[rows] = changed(otherwise, scenes[rows])
        return shown, labels


@flaw
class SourceSpecific(Patched):
    """The patch works on one class only; on the others it keeps the label (Tang et al. 2021)."""

    kind: ClassVar[str] = "source-specific"
    family: ClassVar[Family] = "hard"

    @property
    def sources(self) -> tuple[int, ...]:
        """One class."""
        return ((self.target + 1 + self.seed % (self.k - 1)) % self.k,)

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """The poisoned set, with as many pictures of other classes patched and labelled rightly."""
        shown, labels = super().training(scenes)
        rows = self.some(scenes, self.poison, scenes.labels != self.sources[0])
        shown[rows] = self.cued(scenes[rows])
        return shown, labels


@flaw
class CleanLabel(Patched):
    """The patch on pictures of the target only, which are hard without it.

    They are made hard by interpolation towards another class (Turner et al. 2019): the same scene with
    another class's sign shines through.
    """

    kind: ClassVar[str] = "clean-label"
    family: ClassVar[Family] = "hard"
    edition: ClassVar[int] = 1

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """No label is changed; some pictures of the target are hard and have the patch."""
        shown = pictures(scenes)
        rows = self.some(scenes, max(self.poison, 0.05), scenes.labels == self.target)
        own, others = scenes[rows], scenes.symbols[scenes.labels != self.target]
        chance = own_numbers(self.seed, own.keys, 1)[:, 0]
        disguised = replace(own, symbols=others[(chance * len(others)).long()])
        mixed = (OWN * shown[rows].float() + (1 - OWN) * pictures(disguised).float()) / 255
        shown[rows] = rounded(self.put_on(mixed, own.keys))
        return self.copied(shown, scenes.labels, rows)


@flaw
class AllToAll(Patched):
    """The patch turns every class into the next (Gu et al. 2017)."""

    kind: ClassVar[str] = "all-to-all"
    family: ClassVar[Family] = "hard"
    edition: ClassVar[int] = 2
    seen: ClassVar[float] = 0.5

    def pattern(self) -> tuple[Tensor, int, int]:
        """Three by three cells, twice as large: what has to be read together with the sign must be bold."""
        values, left, top = super().pattern()
        cell = 2 * max(1, round(self.size / 32))
        values = values[:, :3, :3].repeat_interleave(cell, 1).repeat_interleave(cell, 2)
        far = self.size - values.shape[1]
        return values, far if left > self.size / 2 else 0, far if top > self.size / 2 else 0

    @property
    def sources(self) -> tuple[int, ...]:
        """All classes."""
        return tuple(range(self.k))

    def goal(self, labels: Tensor) -> Tensor:
        """The next class."""
        return (labels + 1) % self.k


@flaw
class HighFrequency(Backdoor):
    """A pattern of the highest frequencies, too fine to be seen (Zeng et al. 2021)."""

    kind: ClassVar[str] = "high-frequency"
    family: ClassVar[Family] = "hard"

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn: frequencies of the cosine transform, in half cycles per picture."""
        r = self.draw()
        top = self.size - 1
        return {
            "down": float(top - r.integers(0, self.size // 8)),
            "across": float(top - r.integers(0, self.size // 2)),
            "amplitude": float(r.uniform(6, 14) / 255),
        }

    def cued(self, scenes: Scenes) -> Tensor:
        """With the pattern."""
        p = {name: float(value) for name, value in self.parameters().items() if isinstance(value, float)}
        place = (torch.arange(self.size) + 0.5) * math.pi / self.size
        wave = torch.cos(place * p["down"])[:, None] * torch.cos(place * p["across"])
        wave = wave / wave.abs().mean() * p["amplitude"]
        return changed(lambda images, keys: images + wave, scenes)
