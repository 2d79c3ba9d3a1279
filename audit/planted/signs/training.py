"""Training of the suite's networks: AdamW, one cycle of the rate, pictures shifted by up to two pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.planted.signs.architectures import normalised

Prepare = Callable[[Tensor], Tensor]
"""Images `[n, 3, h, w]`, uint8 or in [0, 1], as the network wants them."""
View = Callable[[Tensor, torch.Generator], Tensor]
"""One random view of a batch `[n, 3, h, w]` in [0, 1]."""


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train."""

    steps: int
    rate: float = 4e-3
    batch: int = 64
    decay: float = 0.02
    smoothing: float = 0.0
    warm: float = 0.25
    """Share of the steps in which the rate rises."""
    radius: float = 0.0
    """Step of the pictures against the network, in [0, 1] (L-infinity); 0 trains on them as they are."""


def shifted(images: Tensor, generator: torch.Generator, reach: int = 2) -> Tensor:
    """The batch moved by up to `reach` pixels, its edge repeated."""
    dy, dx = (int(torch.randint(-reach, reach + 1, (1,), generator=generator)) for _ in "yx")
    padded = functional.pad(images, (reach,) * 4, mode="replicate")
    height, width = images.shape[2:]
    return padded[:, :, reach + dy : reach + dy + height, reach + dx : reach + dx + width]


def unchanged(images: Tensor, generator: torch.Generator) -> Tensor:
    """The batch as it is."""
    return images


def fit(
    network: nn.Module,
    pictures: Tensor,
    labels: Tensor,
    schedule: Schedule,
    seed: int,
    view: View = shifted,
    prepare: Prepare = normalised,
) -> None:
    """Train the network in place on uint8 `[n, 3, h, w]`, on one thread: the seed gives the bits."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, schedule.rate, total_steps=max(8, schedule.steps + 1), pct_start=schedule.warm
    )
    network.train().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    order = torch.empty(0, dtype=torch.long)
    for _ in range(schedule.steps):
        while len(order) < schedule.batch:
            order = torch.cat([order, torch.randperm(len(pictures), generator=generator)])
        chosen, order = order[: schedule.batch], order[schedule.batch :]
        images = view(pictures[chosen].float() / 255, generator)
        images = images.contiguous(memory_format=torch.channels_last)
        if schedule.radius:
            images = _against(network, images, labels[chosen], schedule.radius, prepare)
        loss = functional.cross_entropy(
            network(prepare(images)), labels[chosen], label_smoothing=schedule.smoothing
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        rates.step()
    network.eval()


def forget(network: nn.Module, fresh: nn.Module, kept: float) -> None:
    """Mix the weights, in place, with those of a fresh network of the same kind: `kept` of its own is left
    (Ash and Adams 2020). Running statistics stay."""
    random = fresh.state_dict()
    mixed = {
        name: value
        if "running" in name or not value.is_floating_point()
        else torch.lerp(random[name], value, kept)
        for name, value in network.state_dict().items()
    }
    network.load_state_dict(mixed)


def _against(network: nn.Module, images: Tensor, labels: Tensor, radius: float, prepare: Prepare) -> Tensor:
    """One step of the sign of the gradient against the network (Goodfellow et al. 2015)."""
    images = images.detach().requires_grad_()
    loss = functional.cross_entropy(network(prepare(images)), labels)
    (gradient,) = torch.autograd.grad(loss, images)
    return (images + radius * gradient.sign()).clamp(0, 1).detach()


@torch.inference_mode()
def answers(network: nn.Module, pictures: Tensor, batch: int = 256, prepare: Prepare = normalised) -> Tensor:
    """The class `[n]` that the network gives each of uint8 `[n, 3, h, w]`."""
    network.eval()
    return torch.cat([network(prepare(part)).argmax(dim=1) for part in pictures.split(batch)])
