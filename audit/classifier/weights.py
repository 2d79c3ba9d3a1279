"""State dicts from files, put into an architecture. No pickle is loaded without explicit trust."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from audit.classifier.spec import SUFFIXES
from audit.classifier.wording import few, one_line
from audit.errors import ModelError

NESTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "weights")
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
# First bytes of what torch.save writes: a zip, or before version 1.6 a pickle.
STARTS = (b"PK", b"\x80")


def read_file(path: Path, *, trust_pickle: bool) -> object:
    """What a weights file holds: a (nested) state dict, or with `trust_pickle` possibly a whole module."""
    where = f"weights {path}"
    if not path.is_file():
        raise ModelError("no such file", where=where, fix="check the path")
    if path.suffix.lower() == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise ModelError(
                f"no readable safetensors file: {one_line(error)}", where=where, fix="save it again"
            ) from error
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(
            f"unknown kind of file {path.suffix!r}", where=where, fix=f"give one of {', '.join(SUFFIXES)}"
        )
    with path.open("rb") as file:
        if not file.read(2).startswith(STARTS):
            raise ModelError("is no checkpoint: neither a zip nor a pickle", where=where, fix="save it again")
    try:
        return torch.load(path, map_location="cpu", weights_only=not trust_pickle)
    except pickle.UnpicklingError as error:
        if trust_pickle:
            raise ModelError(
                f"no readable checkpoint: {one_line(error)}", where=where, fix="save it again"
            ) from error
        raise ModelError(
            "holds pickled objects, which can run any code when they are loaded",
            where=where,
            fix="save only the state dict, or add --trust-pickle if you trust whoever made the file",
        ) from error
    except Exception as error:
        # Unpickling runs foreign code, and damaged archives fail in many ways: all end here, in one line.
        raise ModelError(
            f"cannot be read: {one_line(error)}", where=where, fix="save the state dict again"
        ) from error


def apply_weights(module: nn.Module, path: Path, *, trust_pickle: bool = False) -> None:
    """Load a state dict file into `module`; ModelError lists the keys that do not fit."""
    where = f"weights {path}"
    state = state_dict(read_file(path, trust_pickle=trust_pickle), module, where)
    own = {key: value for key, value in module.state_dict().items() if isinstance(value, Tensor)}
    reshaped = [
        f"{key} {list(value.shape)} for {list(own[key].shape)}"
        for key, value in state.items()
        if key in own and value.shape != own[key].shape
    ]
    other_shape = {entry.split(" ", 1)[0] for entry in reshaped}
    fitting = {key: value for key, value in state.items() if key not in other_shape}
    try:
        result = module.load_state_dict(fitting, strict=False)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise ModelError(
            f"do not fit: {one_line(error)}", where=where, fix="give the matching architecture"
        ) from error
    # A counter that inference never reads, absent from older checkpoints.
    missing = [
        key
        for key in result.missing_keys
        if key not in other_shape and not key.endswith("num_batches_tracked")
    ]
    problems = [
        f"{len(keys)} {kind} ({few(keys, 4)})"
        for kind, keys in (
            ("missing", missing),
            ("unexpected", list(result.unexpected_keys)),
            ("of other shape", reshaped),
        )
        if keys
    ]
    if problems:
        raise ModelError(
            f"do not fit the architecture: {'; '.join(problems)}",
            where=where,
            fix="give the architecture (and number of classes) that the weights were trained with",
        )


def state_dict(content: object, module: nn.Module, where: str) -> dict[str, Tensor]:
    """Unwrap common nesting and prefixes until tensors by name are left."""
    if isinstance(content, nn.Module):
        return dict(content.state_dict())
    while isinstance(content, Mapping):
        table = cast(Mapping[Any, Any], content)
        nested = [table[key] for key in NESTS if isinstance(table.get(key), Mapping | nn.Module)]
        if not nested:
            break
        content = nested[0].state_dict() if isinstance(nested[0], nn.Module) else nested[0]
    tensors: dict[str, Tensor] = {}
    if isinstance(content, Mapping):
        tensors = {str(k): v for k, v in cast(Mapping[Any, Any], content).items() if isinstance(v, Tensor)}
    if not tensors:
        raise ModelError(
            f"expected a state dict, found {type(content).__name__} without tensors",
            where=where,
            fix="save model.state_dict()",
        )
    own = list(module.state_dict())
    for prefix in PREFIXES:
        if all(k.startswith(prefix) for k in tensors) and not all(k.startswith(prefix) for k in own):
            tensors = {k.removeprefix(prefix): v for k, v in tensors.items()}
    return tensors
