"""What a network does on the way to its answer: activations averaged over positions, at several depths."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor

from audit.classifier.activations import capture, layer_named
from audit.classifier.layers import LayerInfo, layers
from audit.classifier.model import Classifier
from audit.classifier.probe_images import probe_images

FEWEST = 4
"""Layers from which a level of nesting shows how the network goes deeper."""
PENULTIMATE = "penultimate features"
"""Name of the last one, whatever layer gives it."""


def watched_layers(classifier: Classifier, count: int) -> list[LayerInfo]:
    """At most `count` layers with channels, in the order in which they run, spread evenly over it.

    Modules are unfolded level by level until at least `FEWEST` are found, so blocks stand for what is inside
    them and nothing is watched twice.
    """
    found = [layer for layer in layers(classifier) if layer.kind != "other"]
    open_, deepest = _level(found, 1), max((layer.depth for layer in found), default=0)
    for level in range(2, deepest + 1):
        if sum(layer.kind != "vector" for layer in open_) >= FEWEST:
            break
        open_ = _level(found, level)
    # The answer itself is no step on the way to it.
    answers = _answers(classifier, [layer for layer in open_ if layer.shape == (len(classifier.classes),)])
    steps = [layer for layer in open_ if layer.name not in answers]
    if len(steps) <= count:
        return steps
    return [steps[i * (len(steps) - 1) // max(count - 1, 1)] for i in range(count)]


@torch.no_grad()
def _answers(classifier: Classifier, layers: Sequence[LayerInfo]) -> set[str]:
    """Those layers that give the network's own output."""
    if not layers:
        return set()
    images = probe_images(classifier.input.channels, *classifier.size)[:2].to(classifier.device)
    logits, seen = watch(classifier, images, layers)
    return {layer.name for layer in layers if torch.allclose(seen[layer.name], logits)}


def _level(found: Sequence[LayerInfo], level: int) -> list[LayerInfo]:
    """Modules nested `level` deep, and those less deep that hold nothing that ran."""
    parents = {layer.name.rpartition(".")[0] for layer in found}
    return [
        layer
        for layer in found
        if layer.depth == level or (layer.depth < level and layer.name not in parents)
    ]


def watch(
    classifier: Classifier, images: Tensor, watched: Sequence[LayerInfo]
) -> tuple[Tensor, Mapping[str, Tensor]]:
    """Images `[n, c, h, w]` → logits `[n, k]`, and by layer the activations averaged over positions `[n, d]`.

    The penultimate features stand last, as `PENULTIMATE`. One forward pass; a layer that runs several times
    counts with its last run.
    """
    with ExitStack() as hooks:
        seen = {
            layer.name: hooks.enter_context(
                capture(layer_named(classifier.module, layer.name), side="output")
            )
            for layer in watched
        }
        logits, features = classifier.logits_and_features(images)
    last = {name: classifier.rules.seen(values[-1], images).float() for name, values in seen.items()}
    found = {
        layer.name: last[layer.name].movedim(layer.channel_axis + 1, 1).flatten(2).mean(2)
        if layer.kind != "vector"
        else last[layer.name]
        for layer in watched
    }
    return logits, {**found, PENULTIMATE: features}
