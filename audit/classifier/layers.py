"""Layers of a network: what runs in a forward pass, and what comes out of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from audit.classifier.activations import first_tensor, layer_named
from audit.classifier.model import Classifier
from audit.classifier.probe_images import probe_images
from audit.errors import ModelError

Kind = Literal["map", "tokens", "vector", "other"]
BATCH = 2
"""Images of the pass that looks at the layers: a layer whose output counts anything else first is "other"."""


@dataclass(frozen=True)
class LayerInfo:
    """A submodule that ran and gave a tensor."""

    name: str
    type: str
    """Of the module's class, such as Conv2d."""
    shape: tuple[int, ...]
    """Of the (first) tensor of its last call, without the batch; with it where `kind` is "other"."""
    kind: Kind
    """ "map" `[c, h, w]` (`[h, w, c]` where `channel_axis` is 2), "tokens" `[t, d]`, "vector" `[d]`; "other":
    which part belongs to which image is unknown."""
    channel_axis: int
    """Axis of `shape` that counts the channels."""
    parameters: int
    """All below it included."""
    depth: int
    """1 for a child of the network itself."""
    calls: int
    """How many times it ran in one pass."""

    @property
    def channels(self) -> int:
        """Channels, or dimensions of a token or vector."""
        return self.shape[self.channel_axis]

    @property
    def positions(self) -> tuple[int, ...]:
        """(height, width) of a map, (tokens,) of tokens, nothing of a vector."""
        return tuple(side for axis, side in enumerate(self.shape) if axis != self.channel_axis)


def layers(classifier: Classifier) -> list[LayerInfo]:
    """Every layer that runs in a forward pass and gives a tensor, in the order in which they finish.

    A layer stands after the layers inside it; one that runs several times stands where it ran last. No hook
    outlives the call.
    """
    found: dict[str, LayerInfo] = {}
    handles = [
        module.register_forward_hook(_note(name, found, classifier.size))
        for name, module in classifier.module.named_modules()
        if name
    ]
    images = probe_images(classifier.input.channels, *classifier.size)[:BATCH].to(classifier.device)
    try:
        with torch.no_grad():
            classifier.logits(images)
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())


def layer_info(classifier: Classifier, name: str) -> LayerInfo:
    """One layer; ModelError for an unknown name (the nearest is named) or one that gives no tensor."""
    layer_named(classifier.module, name)
    for layer in layers(classifier):
        if layer.name == name:
            return layer
    raise ModelError(
        f"layer {name!r} gave no tensor in a forward pass", fix="choose one that `audit layers MODEL` lists"
    )


def activations(classifier: Classifier, images: Tensor, layer: LayerInfo) -> Tensor:
    """What a layer gives for images `[n, c, h, w]` in [0, 1]: `[n, channels, *positions]`, float32.

    Differentiable; the network runs no further than to this layer's last call. ModelError for kind "other".
    """
    if layer.kind == "other":
        raise ModelError(
            f"layer {layer.name!r} gives {layer.shape} for {BATCH} images: which part is whose is unknown",
            fix="choose another layer that `audit layers MODEL` lists",
        )
    seen: list[Tensor] = []

    def hook(_: nn.Module, args: Any, output: Any) -> None:
        value = first_tensor(output)
        if value is None:
            return
        last = len(seen) + 1 == layer.calls
        # As a copy, unless nothing follows: an in-place activation would overwrite what is only referred to.
        seen.append(value if last else value.clone())
        if last:
            raise _ReachedError

    handle = layer_named(classifier.module, layer.name).register_forward_hook(hook)
    try:
        classifier.logits(images)
    except _ReachedError:
        pass
    finally:
        handle.remove()
    if not seen:
        raise ModelError(
            f"layer {layer.name!r} did not run for images of {images.shape[-2]} x {images.shape[-1]} px",
            fix="choose a layer that runs at every size",
        )
    return classifier.rules.seen(seen[-1], images).float().movedim(layer.channel_axis + 1, 1)


class _ReachedError(BaseException):
    """Ends a forward pass. No `Exception`: a network that catches its own errors must not catch this one."""


def _note(name: str, found: dict[str, LayerInfo], size: tuple[int, int]) -> Callable[..., None]:
    def hook(module: nn.Module, args: Any, output: Any) -> None:
        value = first_tensor(output)
        if value is None:
            return
        before = found.pop(name, None)
        kind, axis = _kind(value.shape, size)
        found[name] = LayerInfo(
            name=name,
            type=type(module).__name__,
            shape=tuple(value.shape if kind == "other" else value.shape[1:]),
            kind=kind,
            channel_axis=axis,
            parameters=sum(p.numel() for p in module.parameters()),
            depth=name.count(".") + 1,
            calls=before.calls + 1 if before else 1,
        )

    return hook


def _kind(shape: torch.Size, size: tuple[int, int]) -> tuple[Kind, int]:
    """What an output of this shape, batch included, is, and which axis of the rest counts channels."""
    if len(shape) not in (2, 3, 4) or shape[0] != BATCH:
        return "other", 0
    if len(shape) == 2:
        return "vector", 0
    if len(shape) == 3:
        return "tokens", 1
    # Channels stand first, unless only the first two axes are proportioned like the image.
    _, a, b, c = shape
    return "map", 2 if _alike((a, b), size) and not _alike((b, c), size) else 0


def _alike(sides: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether (height, width) are those of the image, reduced and rounded either way."""
    return abs(sides[0] * size[1] - sides[1] * size[0]) <= max(size)
