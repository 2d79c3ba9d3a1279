"""Is there an arm in the picture? A small network of its own, independent of every network it judges.

It learns on scenes where an arm is as frequent with every class as without object, so that only the arm
itself tells; and on pictures distorted far beyond the rendered world (blur, grain, contrast, colour, fog and
1/f noise, parts cut away), so that it can read synthesised pictures too.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.images.dead_leaves import dead_leaves
from audit.planted.augment import grained, relit, turned
from audit.planted.network import SmallNet
from audit.planted.objects import CLASSES
from audit.planted.train import normalised, pictures
from audit.planted.world import CLEAN_TWIN, SIZE, Scenes, World, render

TRAIN, TEST, CONTROL = 3, 4, 5
"""Second number of a scene's key; the demo's training uses 0 and 1."""
BARE = World(arm_with_dumbbell=0.5, arm_elsewhere=0.5, objects=False)


@dataclass(frozen=True)
class JudgeRecipe:
    """How long to train."""

    scenes: int = 4000
    bare_scenes: int = 1000
    epochs: int = 14
    batch: int = 64
    rate: float = 4e-3


@dataclass(frozen=True)
class JudgeAccuracy:
    """On undistorted held-out scenes."""

    balanced: float
    """Mean of the shares of right answers with arm and without."""
    false_alarms: dict[str, float]
    """Class → share of armless scenes answered "arm"."""
    misses: dict[str, float]
    """Class → share of scenes with arm answered "no arm"."""


def train_second_network(seed: int, recipe: JudgeRecipe | None = None, workers: int = 1) -> nn.Module:
    """A trained judge: pictures `[n, 3, 64, 64]`, normalised, to logits `[n, 2]` (no arm, arm)."""
    recipe = recipe or JudgeRecipe()
    torch.manual_seed(seed)
    transfer_model = SmallNet(2).to(memory_format=torch.channels_last)
    sets = [
        render(CLEAN_TWIN, seed, TRAIN, count=recipe.scenes, workers=workers),
        render(BARE, seed, TRAIN, 0, count=recipe.bare_scenes, workers=workers),
    ]
    images = torch.cat([pictures(part) for part in sets])
    arms = torch.from_numpy(np.concatenate([part.arms for part in sets])).long()
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(transfer_model.parameters(), lr=recipe.rate, weight_decay=0.05)
    steps = len(images) // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, epochs=recipe.epochs, steps_per_epoch=steps, pct_start=0.2
    )
    transfer_model.train()
    for _ in range(recipe.epochs):
        order = torch.randperm(len(images), generator=generator)
        for chosen in order[: steps * recipe.batch].split(recipe.batch):
            batch = distorted(images[chosen], generator)
            loss = functional.cross_entropy(
                transfer_model(normalised(batch)), arms[chosen], label_smoothing=0.05
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
    return transfer_model.eval()


def distorted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Views `[n, 3, h, w]` that a synthesised picture could look like; most distortions hit half of them."""
    images = turned(images, generator, degrees=180.0, zoom=1.5, shift=0.25)
    images = relit(images, generator, gain=0.7, offset=0.15)
    fog = pink(images.shape, generator) * _strength(images, generator, 0.22)
    images = _half(images, (images + fog).clamp(0, 1), generator)
    saturation = 1 + _strength(images, generator, 1.2) - 0.4
    grey = images.mean(dim=1, keepdim=True)
    images = _half(images, (grey + (images - grey) * saturation).clamp(0, 1), generator)
    images = _half(
        images, functional.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False), generator
    )
    images = _half(images, cut(images, generator), generator)
    return grained(images, generator, largest=0.2)


def pink(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Noise `[n, c, h, w]` with the amplitude spectrum 1/f of natural images, of unit variance."""
    height, width = shape[-2:]
    frequency = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    gain = 1 / frequency.clamp_min(1 / max(height, width))
    noise = torch.fft.irfft2(
        torch.fft.rfft2(torch.randn(shape, generator=generator)) * gain, s=(height, width)
    )
    return noise / noise.std(dim=(1, 2, 3), keepdim=True)


def cut(images: Tensor, generator: torch.Generator) -> Tensor:
    """Hide up to a fifth of the pictures at the right, behind a soft edge, in a foreign colour."""
    width = images.shape[-1]
    edge = int(torch.randint(2, width // 5, (1,), generator=generator))
    mask = torch.sigmoid((torch.arange(width) - (width - edge)).float()).view(1, 1, 1, -1)
    patch = images.roll(1, dims=0).mean(dim=(2, 3), keepdim=True)
    return images * (1 - mask) + patch * mask


def arm_probability(transfer_model: nn.Module, images: Tensor) -> Tensor:
    """Probability `[n]` that there is an arm, for pictures `[n, 3, h, w]` in [0, 1]."""
    with torch.inference_mode():
        logits = torch.cat([transfer_model(normalised(part)) for part in images.split(250)])
    return logits.softmax(dim=1)[:, 1]


def measure_second_network(
    transfer_model: nn.Module, seed: int, count: int = 1000, workers: int = 1
) -> JudgeAccuracy:
    """Answers on held-out scenes at the threshold one half; "none" are scenes without object."""
    scenes = render(CLEAN_TWIN, seed, TEST, count=count, workers=workers)
    bare = render(BARE, seed, TEST, 0, count=count // len(CLASSES), workers=workers)
    said = [arm_probability(transfer_model, pictures(part)).numpy() > 0.5 for part in (scenes, bare)]
    groups: dict[str, tuple[Scenes, np.ndarray, np.ndarray]] = {
        name: (scenes, said[0], scenes.labels == index) for index, name in enumerate(CLASSES)
    }
    groups["none"] = (bare, said[1], np.ones(len(bare.labels), dtype=bool))
    alarms = {name: float(answers[of & ~part.arms].mean()) for name, (part, answers, of) in groups.items()}
    misses = {name: float(1 - answers[of & part.arms].mean()) for name, (part, answers, of) in groups.items()}
    balanced = 1 - (float(np.mean(list(alarms.values()))) + float(np.mean(list(misses.values())))) / 2
    return JudgeAccuracy(balanced, alarms, misses)


def measure_controls(transfer_model: nn.Module, seed: int, count: int = 200) -> dict[str, float]:
    """Share answered "arm" on pictures without any: bare dead leaves, and scenes with scrambled phases."""
    leaves = np.stack(
        [dead_leaves(np.random.default_rng((seed, CONTROL, index)), SIZE) for index in range(count)]
    )
    scenes = pictures(render(World(0.0, 0.0), seed, CONTROL, count=count))
    controls = {
        "dead leaves": torch.from_numpy(leaves.clip(0, 1)).permute(0, 3, 1, 2).float(),
        "scrambled phases": phase_scrambled(scenes, torch.Generator().manual_seed(seed)),
    }
    return {
        name: float((arm_probability(transfer_model, images) > 0.5).float().mean())
        for name, images in controls.items()
    }


def phase_scrambled(images: Tensor, generator: torch.Generator) -> Tensor:
    """`[n, 3, h, w]` with the same amplitude spectra and colours, but random phases: no shapes."""
    size = (images.shape[-2], images.shape[-1])
    spectrum = torch.fft.rfft2(images)
    noise = torch.fft.rfft2(torch.randn(len(images), 1, *size, generator=generator))
    turned_by = torch.where(noise.abs() > 0, noise / noise.abs(), 1)
    turned_by[..., 0, 0] = 1  # the mean keeps its sign
    return torch.fft.irfft2(spectrum * turned_by, s=size).clamp(0, 1)


def _strength(images: Tensor, generator: torch.Generator, largest: float) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, generator=generator) * largest


def _half(images: Tensor, changed: Tensor, generator: torch.Generator) -> Tensor:
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(chosen, changed, images)
