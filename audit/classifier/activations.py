"""Activations inside a network, by forward hooks that never outlive the call."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

from audit.errors import ModelError
from audit.text import nearest


def find_head(module: nn.Module, forward: Callable[[], object], outputs: int) -> str | None:
    """Name of the layer that turns features into the `outputs` logits, by watching what runs in `forward`.

    The last nn.Linear or convolution with that many outputs; else the last nn.Linear; else None.
    """
    ran: list[tuple[str, nn.Module]] = []
    handles = [
        layer.register_forward_hook(_note(name, ran))
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear | nn.Conv2d)
    ]
    try:
        forward()
    finally:
        for handle in handles:
            handle.remove()
    for name, layer in reversed(ran):
        width = layer.out_features if isinstance(layer, nn.Linear) else cast(nn.Conv2d, layer).out_channels
        if width == outputs:
            return name
    return next((name for name, layer in reversed(ran) if isinstance(layer, nn.Linear)), None)


def _note(name: str, ran: list[tuple[str, nn.Module]]) -> Callable[..., None]:
    def hook(layer: nn.Module, args: Any, output: Any) -> None:
        ran.append((name, layer))

    return hook


def layer_named(module: nn.Module, name: str) -> nn.Module:
    """The submodule, or a ModelError that suggests the nearest name."""
    layers = dict(module.named_modules())
    if name in layers and name:
        return layers[name]
    names = [n for n in layers if n]
    hint = nearest(name, names) or f"layers are named like {', '.join(names[:3])}"
    raise ModelError(f"the network has no layer {name!r}", fix=hint)


def first_tensor(value: Any) -> Tensor | None:
    """The tensor, or the first inside tuples, lists and mappings; None where there is none."""
    while isinstance(value, tuple | list | Mapping) and value:
        inside = cast(Any, value)
        value = next(iter(inside.values())) if isinstance(value, Mapping) else inside[0]
    return value if isinstance(value, Tensor) else None


@contextmanager
def capture(layer: nn.Module, *, side: str) -> Generator[list[Tensor], None, None]:
    """Collects the `side` ("input" or "output") of every call of `layer` while the context is open."""
    seen: list[Tensor] = []

    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        value = output if side == "output" else (args[0] if args else next(iter(kwargs.values())))
        tensor = first_tensor(value)
        if tensor is not None:
            # An in-place activation may follow and would overwrite an output that was only referred to.
            seen.append(tensor.clone() if side == "output" else tensor)

    handle = layer.register_forward_hook(hook, with_kwargs=True)
    try:
        yield seen
    finally:
        handle.remove()


def pooled(features: Tensor, head: nn.Module) -> Tensor:
    """A head's input as `[n, d]`: spatial positions (or tokens) are averaged."""
    if features.ndim == 2:
        return features
    if isinstance(head, nn.Conv2d):
        return features.mean(dim=tuple(range(2, features.ndim)))
    return features.flatten(1, -2).mean(dim=1) if features.ndim > 2 else torch.atleast_2d(features)
