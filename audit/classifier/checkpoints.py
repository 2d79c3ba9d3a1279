"""State dicts from files, put into an architecture. No pickle is loaded without explicit trust."""

import pickle
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from audit.classifier.loaders.pickled_module import SUFFIXES
from audit.classifier.weight_sets import choose
from audit.errors import ModelError
from audit.text import few, one_line

# First bytes of what torch.save writes: a zip, or before version 1.6 a pickle.
STARTS = (b"PK", b"\x80")
LFS_POINTER = b"version https://git-lfs"
"""What a clone without Git LFS has in place of a large file."""
TORCHSCRIPT = (
    "give the network's Python code as FILE.py:FACTORY, and its weights with --weights as "
    "torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth') writes them"
)
"""What to give instead: TorchScript hides the layers that pictures and attacks ask."""


def _is_torchscript(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def split_key(path: Path) -> tuple[Path, str | None]:
    """`FILE#KEY` as the file and the key; None where no key is named."""
    file, mark, key = str(path).rpartition("#")
    return (Path(file), key) if mark and file and not path.exists() else (path, None)


def read_file(path: Path, *, trust_pickle: bool) -> object:
    """What a weights file holds: a (nested) state dict, or with `trust_pickle` possibly a whole module."""
    where = f"weights {path}"
    if not path.is_file():
        raise ModelError("no such file", where=where, fix="check the path")
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise ModelError(
                "is a pointer of Git LFS and not the weights themselves", where=where, fix="run git lfs pull"
            )
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
    if _is_torchscript(path):
        raise ModelError("is a TorchScript archive, which cannot be audited", where=where, fix=TORCHSCRIPT)
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
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # Unpickling runs foreign code, and damaged archives fail in many ways: all end here, in one line.
        raise ModelError(
            f"cannot be read: {one_line(error)}", where=where, fix="save the state dict again"
        ) from error


def apply_weights(module: nn.Module, path: Path, *, trust_pickle: bool = False) -> list[str]:
    """Load a state dict file into `module`; returns what was left out, in words.

    `path` may end in `#KEY`, the name of one of several sets of weights. ModelError lists the keys that do
    not fit, or the sets among which the user must choose.
    """
    path, key = split_key(path)
    where = f"weights {path}"
    content = read_file(path, trust_pickle=trust_pickle)
    state, notes = choose(content, module, key, where)
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
    return notes
