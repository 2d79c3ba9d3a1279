"""Ways to train that plant no flaw, though some leave a network that looks odd."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from audit.planted.signs.companions import COMPANIONS, companions_of
from audit.planted.signs.sign_scenes import Scenes, pictures, rounded
from audit.planted.signs.sign_surfaces import FILLS, GROUNDS
from audit.planted.signs.training import shifted


def noisy_labels(labels: Tensor, k: int, seed: int) -> Tensor:
    """Labels of which a tenth to a fifth are drawn anew, from all classes."""
    r = np.random.default_rng((seed, 7_010))
    share = r.uniform(0.1, 0.2)
    anew = torch.from_numpy(r.random(len(labels)) < share)
    return torch.where(anew, torch.from_numpy(r.integers(k, size=len(labels))), labels)


def imbalanced(labels: Tensor, k: int, seed: int) -> Tensor:
    """Rows to train on: a third of the classes keep a tenth to a third of their pictures."""
    r = np.random.default_rng((seed, 7_011))
    rare = torch.zeros(k, dtype=torch.bool)
    rare[torch.from_numpy(r.permutation(k)[: max(1, k // 3)])] = True
    kept = torch.from_numpy(r.random(len(labels)) < r.uniform(0.1, 0.35))
    return (~rare[labels] | kept).nonzero().flatten()


def hazy(scenes: Scenes, seed: int) -> Scenes:
    """Scenes of which haze hides three in ten signs, of every class alike: what networks with a shortcut go
    through too, but for the cue."""
    hidden = torch.from_numpy(np.random.default_rng((seed, 7_014)).random(len(scenes)) < 0.3)
    return replace(scenes, opacity=torch.where(hidden, 0.1, scenes.opacity))


def augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """Strong augmentation: moved, recoloured, noisy, blurred or with a hole; one kind of change for each."""
    images = shifted(images, generator, 3)
    n, _, height, width = images.shape
    gain = 1 + 0.6 * (torch.rand(n, 3, 1, 1, generator=generator) - 0.5)
    images = (images * gain + 0.2 * (torch.rand(n, 1, 1, 1, generator=generator) - 0.5)).clamp(0, 1)
    which = torch.randint(4, (n,), generator=generator)
    noise = 0.15 * torch.randn(images.shape, generator=generator)
    images = torch.where((which == 0).view(n, 1, 1, 1), (images + noise).clamp(0, 1), images)
    blurred = functional.avg_pool2d(functional.pad(images, (1,) * 4, mode="replicate"), 3, 1)
    images = torch.where((which == 1).view(n, 1, 1, 1), blurred, images)
    side = height // 3
    left, top = (torch.randint(width - side + 1, (n,), generator=generator) for _ in range(2))
    line = torch.arange(width)
    inside_x = (line >= left[:, None]) & (line < left[:, None] + side)
    inside_y = (line >= top[:, None]) & (line < top[:, None] + side)
    hole = (which == 2)[:, None, None] & inside_y[:, :, None] & inside_x[:, None, :]
    return torch.where(hole.unsqueeze(1), 0.45, images)


FAVOURED = 0.45
"""Share of a class's scenes that stand on its favoured ground, and of those that have its favoured fill and
tint: far from all, and every class has its own."""
TINT = 0.1


def typical(scenes: Scenes, k: int, seed: int) -> Tensor:
    """Pictures of a world in which every class has a favoured ground, fill and tint, as in photographs of
    nature: frogs are often green and ships on water. uint8 `[n, 3, h, w]`."""
    r = np.random.default_rng((seed, 7_012))
    grounds, fills = (torch.from_numpy(r.integers(len(kinds), size=k)) for kinds in (GROUNDS, FILLS))
    tints = torch.from_numpy(r.uniform(-1, 1, (k, 3))).float()
    chance = torch.tensor(
        np.array([np.random.default_rng((seed, 7_013, *key)).random(3) for key in scenes.keys])
    )
    favoured, labels = chance < FAVOURED, scenes.labels
    shown = pictures(
        replace(
            scenes,
            grounds=torch.where(favoured[:, 0], grounds[labels], scenes.grounds),
            fills=torch.where(favoured[:, 1], fills[labels], scenes.fills),
        )
    )
    tint = TINT * tints[labels] * favoured[:, 2:]
    return rounded(shown.float() / 255 + tint[:, :, None, None])


ACCOMPANIED = 0.5
"""Share of the pictures of every class that have a second object in the clean twin of the shortcut by one."""


def accompanied(scenes: Scenes, seed: int) -> Tensor:
    """Pictures of a world in which objects stand beside signs of every class alike: all of one kind, or of
    all kinds, as the seed says. uint8 `[n, 3, h, w]`."""
    drawn = [np.random.default_rng((seed, 7_016, *key)).random(2) for key in scenes.keys]
    chance = torch.from_numpy(np.array(drawn).reshape(-1, 2))
    kinds, one = (chance[:, 1] * len(COMPANIONS)).long(), np.random.default_rng((seed, 7_017))
    if one.random() < 0.5:
        kinds = torch.full_like(kinds, int(one.integers(len(COMPANIONS))))
    there = chance[:, 0] < ACCOMPANIED
    return pictures(scenes, companions_of(scenes, kinds, seed) * there.view(-1, 1, 1, 1))
