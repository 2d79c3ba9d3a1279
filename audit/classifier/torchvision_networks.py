"""`torchvision:NAME[@WEIGHTS|@none]`: architecture, weights, transforms and categories of torchvision."""

from typing import Any, cast

import torch
import torchvision
from torch import nn
from torchvision.models import get_model, get_model_weights, list_models
from torchvision.models._api import Weights, WeightsEnum

from audit.classifier.candidate import Candidate, seeded
from audit.classifier.loaders.torchvision_models import unknown_to_torchvision
from audit.errors import ModelError
from audit.text import few, nearest, one_line


def load_torchvision(spec: str, *, own_weights: bool, classes: int | None) -> Candidate:
    """Build the network; weights are downloaded unless `@none` or the user's own weights follow.

    `own_weights`: a weights file will be loaded into it. `classes`: number of classes of the user's list,
    taken as the number of outputs where the weights are not torchvision's.
    """
    name, at, wanted = spec.removeprefix("torchvision:").partition("@")
    known = list_models(module=torchvision.models)
    if name not in known:
        raise unknown_to_torchvision(spec, name, known)
    available = get_model_weights(name)
    if wanted == "none" or (own_weights and not at):
        options: dict[str, Any] = {} if classes is None else {"num_classes": classes}
        candidate = Candidate(
            module=_build(name, spec, None, options), name=name if own_weights else f"{name}-none"
        )
        if not own_weights:
            # Random weights have no training to be true to: any usual path serves.
            path = _input(cast(Weights, _choose(available, "DEFAULT", spec)))
            candidate.declared_input, candidate.input_source = path, f"transforms of {name}'s default weights"
            candidate.warnings.append("The weights are random: nothing was learned.")
            if filled := fill_zero_layers(candidate.module):
                candidate.warnings.append(
                    f"torchvision starts {few(filled)} with zeros, so that no answer depends on the image: "
                    "small random weights were put there."
                )
        return candidate
    chosen = _choose(available, wanted or "DEFAULT", spec)
    label = f"{type(chosen).__name__}.{chosen.name}"
    return Candidate(
        module=_build(name, spec, None if own_weights else chosen, {}),
        name=f"{name}-{chosen.name}" if wanted else name,
        declared_input=_input(cast(Weights, chosen)),
        input_source=f"transforms of {label}",
        declared_classes=chosen.meta.get("categories"),
        classes_source=f"categories of {label}",
    )


def fill_zero_layers(module: nn.Module) -> list[str]:
    """Give linear layers whose weights are all zero small random ones, by a fixed seed; returns their names.

    torchvision's vision transformers start with such a head, through which no gradient comes. Only for
    networks without trained weights: a trained layer is never changed.
    """
    zero = [
        (name, layer)
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear) and not bool(layer.weight.any())
    ]
    with torch.no_grad(), seeded():
        for _, layer in zero:
            layer.weight.normal_(std=layer.in_features**-0.5)
    return [name for name, _ in zero]


def _choose(available: type[WeightsEnum], wanted: str, spec: str) -> WeightsEnum:
    if wanted not in available.__members__:
        names = [*available.__members__, "none"]
        raise ModelError(
            f"unknown weights {wanted!r}, there are {', '.join(names)}",
            where=spec,
            fix=nearest(wanted, names) or "name one of them after the @",
        )
    return available[wanted]


def _build(name: str, spec: str, weights: WeightsEnum | None, options: dict[str, Any]) -> nn.Module:
    try:
        with seeded():
            return get_model(name, weights=weights, **options)
    # Downloads fail in many ways (no network, proxy, full disk, wrong hash), each with its own exception.
    except Exception as error:
        doing = f"fetching the weights {weights.name}" if weights else "building the network"
        raise ModelError(
            f"{doing} failed: {one_line(error)}",
            where=spec,
            fix="give the weights as a file with --weights, or take random ones with @none",
        ) from error


def _input(weights: Weights) -> dict[str, Any]:
    """The preset that torchvision's classification weights carry."""
    preset: Any = weights.transforms()
    return {
        "input_size": list(preset.crop_size),
        "resize": preset.resize_size[0],
        "mean": list(preset.mean),
        "std": list(preset.std),
        "interpolation": preset.interpolation.value,
    }
