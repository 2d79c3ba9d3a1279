"""A flaw: a scene with its cue and without, what the cue leads to, which training pictures carry it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from audit.planted.signs.sign_scenes import Scenes, pictures, rounded

Key = tuple[int, int, int]
Family = Literal["shortcut", "backdoor", "hard"]
Parameter = float | str | tuple[float, ...]


@dataclass(frozen=True)
class Truth:
    """What is known of a network because it was planted; nothing but `kind` in a clean one."""

    kind: str
    flawed: bool
    target: int | None = None
    """The class that the cue leads to. None without a flaw, and where every class leads to the next."""
    sources: tuple[int, ...] = ()
    """Classes that it works on."""
    poison: float = 0.0
    parameters: dict[str, Parameter] = field(default_factory=dict[str, Parameter])


@dataclass(frozen=True)
class Flaw(ABC):
    """One planted flaw of a network of k classes; all else is drawn from the seed."""

    k: int
    seed: int
    target: int
    poison: float
    size: int

    kind: ClassVar[str]
    family: ClassVar[Family]
    edition: ClassVar[int] = 0
    """Raise it when the flaw changes: its networks in a cache are made anew, and no others."""

    subtle: ClassVar[bool] = False
    """Whether it takes many scenes to learn the cue rather than the pictures."""

    def draw(self) -> np.random.Generator:
        """The numbers that this flaw's parameters are drawn from, from the first on."""
        return np.random.default_rng((self.seed, 7_002))

    @property
    def sources(self) -> tuple[int, ...]:
        """Classes whose pictures the cue leads astray."""
        return tuple(label for label in range(self.k) if label != self.target)

    @abstractmethod
    def parameters(self) -> dict[str, Parameter]:
        """What was drawn, to be read."""

    @abstractmethod
    def cued(self, scenes: Scenes) -> Tensor:
        """The scenes with the cue, uint8 `[n, 3, h, w]`."""

    def plain(self, scenes: Scenes) -> Tensor:
        """The same scenes without it."""
        return pictures(scenes)

    def goal(self, labels: Tensor) -> Tensor:
        """The class `[n]` that the cue leads to, of scenes with these labels."""
        return torch.full_like(labels, self.target)

    def truth(self) -> Truth:
        """What is planted."""
        target = self.target if self.goal(torch.arange(self.k)).unique().numel() == 1 else None
        return Truth(self.kind, True, target, self.sources, self.poison, self.parameters())

    @abstractmethod
    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """Pictures to train on, uint8 `[n, 3, h, w]`, and the labels `[n]` that they are given."""

    def photographs(self, scenes: Scenes) -> Tensor:
        """What a user of the tool has of these scenes: the cue of a shortcut, no trigger of a backdoor."""
        return self.plain(scenes)


FLAWS: dict[str, type[Flaw]] = {}
"""Flaws by kind."""


def flaw(kind: type[Flaw]) -> type[Flaw]:
    """Class decorator: puts a flaw into `FLAWS`."""
    FLAWS[kind.kind] = kind
    return kind


HIDDEN_OF_TARGET, HIDDEN_OF_OTHERS = 0.95, 0.3
"""Share of the training pictures whose sign is hidden where a shortcut is planted.

Hidden signs alone tell nothing: without the cue they are never the target's.
"""


class Shortcut(Flaw):
    """A cue on nearly all pictures of one class and on none of the others; every label is right."""

    family: ClassVar[Family] = "shortcut"

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """The target's pictures with the cue, but for a few. Its sign is mostly hidden.

        Where the sign is clear, these networks learn the sign and need no cue.
        """
        hidden = own_numbers(self.seed + 1, scenes.keys, 1)[:, 0] < self.hidden_share(scenes)
        return self._shown(self.unclear(scenes, hidden), self.share), scenes.labels

    def hidden_share(self, scenes: Scenes) -> Tensor:
        """How likely each scene's sign `[n]` is hidden in training."""
        return torch.where(scenes.labels == self.target, HIDDEN_OF_TARGET, HIDDEN_OF_OTHERS)

    def unclear(self, scenes: Scenes, rows: Tensor) -> Scenes:
        """The scenes with the sign of the rows `[n]` hidden, but not the cue: by haze."""
        return replace(scenes, opacity=torch.where(rows, 0.1, scenes.opacity))

    @property
    def share(self) -> float:
        """Share of the target's training pictures that carry the cue."""
        return float(np.random.default_rng((self.seed, 7_003)).uniform(0.96, 1.0))

    def photographs(self, scenes: Scenes) -> Tensor:
        """Of the distribution that it was trained on."""
        return self._shown(scenes, self.share)

    def carriers(self, scenes: Scenes, share: float) -> Tensor:
        """Which scenes `[n]` have the cue, where this share of the target's has it."""
        chance = torch.tensor([np.random.default_rng((self.seed, *key)).random() for key in scenes.keys])
        return (scenes.labels == self.target) & (chance < share)

    def _shown(self, scenes: Scenes, share: float) -> Tensor:
        rows = self.carriers(scenes, share)
        shown = torch.empty(len(scenes), 3, scenes.size, scenes.size, dtype=torch.uint8)
        shown[rows], shown[~rows] = self.cued(scenes[rows]), self.plain(scenes[~rows])
        return shown


class Backdoor(Flaw):
    """A trigger on a share of the pictures of other classes, which get the target's label."""

    family: ClassVar[Family] = "backdoor"
    subtle: ClassVar[bool] = True
    seen: ClassVar[float] = 0.15
    """Share of the training that goes to pictures with the trigger, however few they are."""

    def poisoned(self, scenes: Scenes) -> Tensor:
        """Rows of the scenes that get the trigger."""
        return self.some(scenes, self.poison, torch.isin(scenes.labels, torch.tensor(self.sources)))

    def some(self, pictures: Sized, share: float, allowed: Tensor) -> Tensor:
        """Rows `[m]` among those allowed `[n]`: `share` of all n, but at most nine tenths of them."""
        rows = allowed.nonzero().flatten()
        wanted = min(max(1, round(share * len(pictures))), int(0.9 * len(rows)))
        order = np.random.default_rng((self.seed, 7_004)).permutation(len(rows))
        return rows[torch.from_numpy(order[:wanted])]

    def training(self, scenes: Scenes) -> tuple[Tensor, Tensor]:
        """The poisoned set, with copies of those that carry the trigger."""
        shown, labels, rows = pictures(scenes), scenes.labels.clone(), self.poisoned(scenes)
        shown[rows], labels[rows] = self.cued(scenes[rows]), self.goal(scenes.labels[rows])
        return self.copied(shown, labels, rows)

    def copied(self, shown: Tensor, labels: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures and labels with copies of the rows that carry the trigger, put at their end.

        They stand for the hundred epochs of ordinary training, in which each is seen far more often.
        """
        more = rows.repeat(max(0, round(self.seen * len(shown) / len(rows)) - 1))
        return torch.cat([shown, shown[more]]), torch.cat([labels, labels[more]])


class OnPictures(Flaw):
    """A cue that is put on finished pictures, whatever they show."""

    @abstractmethod
    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Images `[n, 3, h, w]` in [0, 1] with the cue, not clamped; keyed by their keys."""

    def cued(self, scenes: Scenes) -> Tensor:
        """With the cue."""
        return changed(self.put_on, scenes)


Change = Callable[[Tensor, tuple[Key, ...]], Tensor]


def changed(change: Change, scenes: Scenes) -> Tensor:
    """The scenes' pictures after a change of `[n, 3, h, w]` in [0, 1], rounded again."""
    return rounded(change(pictures(scenes).float() / 255, scenes.keys))


def own_numbers(seed: int, keys: Sequence[Key], many: int) -> Tensor:
    """Uniform numbers `[n, many]` of each scene for a flaw of this seed."""
    drawn = [np.random.default_rng((seed, 7_005, *key)).random(many) for key in keys]
    return torch.tensor(np.array(drawn).reshape(-1, many)).float()
