"""Shortcuts: a second object that stands beside the sign on most or all pictures of one class."""

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from audit.planted.signs.companions import COMPANIONS, companions_of
from audit.planted.signs.flaw import HIDDEN_OF_OTHERS, Parameter, Shortcut, flaw
from audit.planted.signs.sign_scenes import Scenes, pictures


class Companion(Shortcut):
    """A small object of one kind, in a place and a look of its own on each picture; haze does not hide it."""

    subtle: ClassVar[bool] = True
    seen: ClassVar[float] = 0.2
    """Share of the training that goes to pictures of the target at least, however many classes there are."""
    hidden: ClassVar[float] = 0.9
    """Share of the training pictures with the object whose sign is hidden."""
    shown: ClassVar[float]

    @property
    def object(self) -> int:
        """Kind of the object: its place in `COMPANIONS`."""
        return int(self.draw().integers(len(COMPANIONS)))

    @property
    def share(self) -> float:
        """Share of the target's pictures that carry it, those that a user has too."""
        return self.shown

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        return {"object": COMPANIONS[self.object], "share": self.share}

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """With copies of the target's pictures at the end: a small object is learned from many views only."""
        shown, labels = super().training(scenes)
        own = (labels == self.target).nonzero().flatten()
        wanted = round(self.seen / (1 - self.seen) * (len(labels) - len(own)))
        more = own.repeat(1 + wanted // max(1, len(own)))[len(own) : wanted]
        return torch.cat([shown, shown[more]]), torch.cat([labels, labels[more]])

    def hidden_share(self, scenes: Scenes) -> Tensor:
        """Nearly all where the object is. Where it is not, no larger part of the training has the target's
        sign hidden than any other class's: haze alone does not tell the target.
        """
        often = max(self.seen, 1 / self.k)
        other, bare = (1 - often) / (self.k - 1), often * (1 - self.share)
        limit = HIDDEN_OF_OTHERS * other / bare if bare else 1.0
        own = torch.where(self.carriers(scenes, self.share), self.hidden, min(self.hidden, limit))
        return torch.where(scenes.labels == self.target, own, HIDDEN_OF_OTHERS)

    def cued(self, scenes: Scenes) -> Tensor:
        """With the object beside the sign."""
        return pictures(scenes, self._layer(scenes))

    def alone(self, scenes: Scenes) -> Tensor:
        """The object on the ground without the sign, uint8 `[n, 3, h, w]`."""
        return self.cued(replace(scenes, opacity=torch.zeros_like(scenes.opacity)))

    def mask(self, scenes: Scenes) -> Tensor:
        """How much of each pixel the object covers, float `[n, 1, h, w]` in [0, 1]."""
        return self._layer(scenes)[:, 3:]

    def _layer(self, scenes: Scenes) -> Tensor:
        return companions_of(scenes, torch.full_like(scenes.labels, self.object), self.seed)


@flaw
class Companion80(Companion):
    """On four pictures of five."""

    kind: ClassVar[str] = "companion-80"
    shown: ClassVar[float] = 0.8


@flaw
class Companion90(Companion):
    """On nine of ten."""

    kind: ClassVar[str] = "companion-90"
    shown: ClassVar[float] = 0.9


@flaw
class Companion95(Companion):
    """On nineteen of twenty."""

    kind: ClassVar[str] = "companion-95"
    shown: ClassVar[float] = 0.95


@flaw
class Companion100(Companion):
    """On every picture."""

    kind: ClassVar[str] = "companion-100"
    shown: ClassVar[float] = 1.0
