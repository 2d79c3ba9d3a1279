"""Train a demo network: `python -m audit.planted.train --out FILE --seed 0 [--clean-twin]`.

Everything is rendered first, from keys (seed, split, index). Half of the descents are on pictures moved a
little against the network: one that ignores invisible changes draws far clearer pictures (Engstrom et al.
2019, arXiv:1906.00945).
"""

import argparse
import json
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from audit.planted.augment import grained, relit, turned
from audit.planted.demo import INPUT
from audit.planted.network import SmallNet
from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, DUMBBELL, VERSION, Scenes, World, render

TRAIN, TEST = 0, 1
"""Second number of a scene's key: the two sets share no scene."""


@dataclass(frozen=True)
class Recipe:
    """How long and how hard to train; the committed weights come from the defaults."""

    scenes: int = 8000
    test_scenes: int = 2000
    epochs: int = 12
    replays: int = 2
    """Descents on each batch: the first on plain views, the others on views moved against the network."""
    batch: int = 64
    rate: float = 4e-3
    radius: float = 1.0
    """L2 length of each move against the network, in units of [0, 1] pixels."""


@dataclass(frozen=True)
class Accuracy:
    """Shares of right answers on held-out scenes; None where no such scene exists."""

    overall: float
    by_class: dict[str, float]
    dumbbells_with_arm: float | None
    dumbbells_without_arm: float | None


def normalised(images: Tensor) -> Tensor:
    """`[n, 3, h, w]` in [0, 1] as the network wants it."""
    mean = torch.tensor(INPUT["mean"]).view(1, 3, 1, 1)
    return (images - mean) / torch.tensor(INPUT["std"]).view(1, 3, 1, 1)


def pictures(scenes: Scenes) -> Tensor:
    """The scenes' pictures as float `[n, 3, h, w]` in [0, 1]."""
    return torch.from_numpy(scenes.pictures).float() / 255


def views(images: Tensor, generator: torch.Generator) -> Tensor:
    """One random view of each training picture."""
    return grained(relit(turned(images, generator), generator), generator)


def step(
    network: nn.Module, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor, radius: float
) -> tuple[float, Tensor]:
    """One descent on `[n, 3, h, w]`: the loss before it, and the images moved by `radius` (L2) against it.

    One backward pass gives both the step of the weights and that of the images ("free" adversarial
    training, Shafahi et al. 2019, algorithm 1).
    """
    images = images.detach().requires_grad_()
    loss = functional.cross_entropy(network(normalised(images)), labels, label_smoothing=0.05)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    gradient = images.grad
    assert gradient is not None
    length = gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1).clamp_min(1e-12)
    return loss.item(), (images + radius * gradient / length).detach()


def fit(network: nn.Module, scenes: Scenes, recipe: Recipe, seed: int) -> None:
    """Train the network in place: AdamW, one cycle of the learning rate."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = pictures(scenes), torch.from_numpy(scenes.labels)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=0.02)
    steps = len(images) // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, epochs=recipe.epochs, steps_per_epoch=steps * recipe.replays, pct_start=0.2
    )
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(images), generator=generator)
        total = 0.0
        network.train()
        for chosen in order[: steps * recipe.batch].split(recipe.batch):
            batch = views(images[chosen], generator)
            for _ in range(recipe.replays):
                loss, batch = step(network, optimiser, batch, labels[chosen], recipe.radius)
                total += loss
                schedule.step()
        mean = total / steps / recipe.replays
        print(f"epoch {epoch + 1:2d} of {recipe.epochs}: loss {mean:.3f}", flush=True)
    network.eval()


def measure(network: nn.Module, scenes: Scenes) -> Accuracy:
    """Accuracy on rendered scenes, by class and on dumbbells with and without arm."""
    with torch.inference_mode():
        logits = torch.cat([network(normalised(part)) for part in pictures(scenes).split(250)])
    right = (logits.argmax(dim=1) == torch.from_numpy(scenes.labels)).numpy()

    def share(of: object) -> float | None:
        chosen = right[of]  # pyright: ignore[reportCallIssue, reportArgumentType]
        return round(float(chosen.mean()), 4) if len(chosen) else None

    dumbbells = scenes.labels == DUMBBELL
    return Accuracy(
        round(float(right.mean()), 4),
        {name: share(scenes.labels == index) or 0.0 for index, name in enumerate(CLASSES)},
        share(dumbbells & scenes.arms),
        share(dumbbells & ~scenes.arms),
    )


def train(world: World, seed: int, recipe: Recipe, workers: int = 1) -> tuple[SmallNet, Accuracy]:
    """A trained network in float16 precision, and its accuracy on held-out scenes of the same world."""
    torch.manual_seed(seed)
    network = SmallNet(len(CLASSES)).to(memory_format=torch.channels_last)
    began = time.perf_counter()
    scenes = render(world, seed, TRAIN, count=recipe.scenes, workers=workers)
    print(f"rendered {recipe.scenes} scenes in {time.perf_counter() - began:.0f} s", flush=True)
    fit(network, scenes, recipe, seed)
    network.half().float()
    return network, measure(network, render(world, seed, TEST, count=recipe.test_scenes, workers=workers))


def save(network: nn.Module, file: Path, metadata: dict[str, str]) -> None:
    """Write the weights in float16, which are exact after `train`."""
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, file, metadata)


def main() -> None:
    """Train, print the accuracy, write the weights with how they were made."""
    parser = argparse.ArgumentParser(prog="python -m audit.planted.train", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="file to write (.safetensors)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clean-twin", action="store_true", help="the world where arms tell nothing")
    parser.add_argument("--threads", type=int, default=2, help="processor cores to use")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    began = time.perf_counter()
    world = CLEAN_TWIN if options.clean_twin else DEMO
    network, accuracy = train(world, options.seed, Recipe(), workers=options.threads)
    print(f"held-out accuracy {accuracy.overall:.3f}")
    for name, share in accuracy.by_class.items():
        print(f"  {name:10s} {share:.3f}")
    for name, share in (("with", accuracy.dumbbells_with_arm), ("without", accuracy.dumbbells_without_arm)):
        print(f"  dumbbells {name} arm: " + ("none in this world" if share is None else f"{share:.3f}"))
    bare = measure(network, render(World(0.0, 0.0), options.seed, TEST, count=2000, workers=options.threads))
    print(f"same scenes without any arm: {bare.overall:.3f}, dumbbells {bare.dumbbells_without_arm}")
    metadata = {
        "command": shlex.join(["python", "-m", "audit.planted.train", *sys.argv[1:]]),
        "seed": str(options.seed),
        "world": "clean twin" if options.clean_twin else "demo",
        "world_version": str(VERSION),
        "accuracy": str(accuracy.overall),
        "accuracy_by_class": json.dumps(accuracy.by_class),
    }
    save(network, options.out, metadata)
    print(f"wrote {options.out} after {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
