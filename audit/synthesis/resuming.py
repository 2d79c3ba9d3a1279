"""The state of a drawing as arrays, from which an interrupted one goes on to the same bits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

FORMAT = 1
"""Raised when a state of before cannot be gone on from."""


class Checkpoint(Protocol):
    """Keeps the state of a drawing."""

    def read(self) -> Mapping[str, np.ndarray] | None:
        """The state of this very drawing that was kept last; None for none."""
        ...

    def offer(self, state: Callable[[], Mapping[str, np.ndarray]]) -> None:
        """After each step: whether to ask for the state and keep it is the checkpoint's choice."""
        ...


def read(checkpoint: Checkpoint | None, targets: Sequence[int]) -> dict[str, Tensor] | None:
    """What was kept of a drawing of these targets; None where there is nothing, or of another one."""
    kept = checkpoint.read() if checkpoint else None
    if not kept or kept.get("format") != FORMAT or list(kept["targets"]) != list(targets):
        return None
    return {name: torch.tensor(array) for name, array in kept.items()}


def arrays(targets: Sequence[int], state: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """A state as a checkpoint keeps it."""
    kept = {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}
    return {"format": np.array(FORMAT), "targets": np.array(targets), **kept}


def numbered(name: str, tensors: Mapping[int, Tensor]) -> dict[str, Tensor]:
    """Tensors of single pictures, under one name."""
    return {f"{name}/{number}": tensor for number, tensor in tensors.items()}


def integers(kept: Tensor) -> list[int]:
    """A tensor of one axis as a list."""
    return [int(number) for number in kept]


def by_number(name: str, state: Mapping[str, Tensor]) -> dict[int, Tensor]:
    """The tensors of single pictures that have this name."""
    start = f"{name}/"
    return {int(key.removeprefix(start)): kept for key, kept in state.items() if key.startswith(start)}
