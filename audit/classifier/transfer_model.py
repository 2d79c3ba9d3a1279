"""The transfer model: a second, independent network, given as a model or as a TOML file with its flags."""

from pathlib import Path
from typing import Any, Literal

from torch import nn

from audit.classifier.loaders.pickled_module import SUFFIXES
from audit.classifier.loading import load
from audit.classifier.model import Classifier
from audit.config import read_toml
from audit.errors import ConfigError, UserError
from audit.text import nearest

TEXT, NUMBERS = (str,), (int, float, list)
KEYS: dict[str, tuple[type, ...]] = {
    "model": TEXT,
    "weights": TEXT,
    "classes": (str, list),
    "input_size": (int, list),
    "resize": (int, str, list),
    "crop_pct": (int, float),
    "enlarge": (bool,),
    "mean": NUMBERS,
    "std": NUMBERS,
    "interpolation": TEXT,
    "channel_order": TEXT,
    "channels": (int,),
    "task": TEXT,
}
"""Keys of the file and the types of their values; but for `model` they are keywords of `audit.load`."""
EXAMPLE = 'model = "model.py:factory", classes = "labels.json", input_size = 224, mean = 0.5, std = 0.5'
UNTRUSTED = (
    "save its state dict as .safetensors; in Python, a network that audit.load(..., trust_pickle=True) "
    "returned is taken too"
)
"""What to do about a second network's pickle: --trust-pickle speaks of the audited network alone."""
WORDS = {bool: "true or false", str: "text", int: "a whole number", float: "a number", list: "a list"}


def load_transfer_model(
    transfer_model: str | Path | Classifier | nn.Module,
    *,
    trust_pickle: bool = False,
    device: str = "cpu",
    dtype: Literal["float32", "bfloat16", "float16"] = "float32",
) -> Classifier:
    """Load the network that judges pictures: a specification as for `audit.load`, or a `.toml` file.

    A classifier that is loaded already stays where it is. `trust_pickle` is a consent of its own: trust in
    the audited network does not extend to this one. Raises what `audit.load` raises, saying that it is about
    the transfer model.
    """
    if isinstance(transfer_model, Classifier):
        return transfer_model
    said = str(transfer_model) if isinstance(transfer_model, str | Path) else type(transfer_model).__name__
    try:
        spec, flags = (transfer_model, {}) if isinstance(transfer_model, nn.Module) else _stated(said)
        return load(spec, **flags, trust_pickle=trust_pickle, device=device, dtype=dtype)
    except UserError as error:
        where = (
            f"transfer model {said}" if error.where in ("", said) else f"transfer model {said}, {error.where}"
        )
        if "--trust-pickle" in error.fix:
            raise type(error)(error.problem, where=where, fix=UNTRUSTED) from error
        named = "--" in error.fix and "--transfer-model" not in error.fix
        hint = (
            f"; for a transfer model such flags stand in a file, --transfer-model FILE.toml with {EXAMPLE}"
            if named
            else ""
        )
        raise type(error)(error.problem, where=where, fix=f"{error.fix}{hint}") from error


def _stated(text: str) -> tuple[str, dict[str, Any]]:
    return read_stated(Path(text)) if text.lower().endswith(".toml") else (text, {})


def read_stated(path: Path) -> tuple[str, dict[str, Any]]:
    """The model and the keywords of `audit.load` that a TOML file states; its relative paths start from it.

    Raises:
        ConfigError: no such file, an unknown key (names the nearest), or a value of another type.
    """
    values = read_toml(path, "transfer model")
    for key, value in values.items():
        _require_known(key, str(path))
        if not isinstance(value, KEYS[key]) or isinstance(value, bool) != (KEYS[key] == (bool,)):
            expected = " or ".join(WORDS[kind] for kind in KEYS[key])
            raise ConfigError(
                f"{key}: expected {expected}, got {value!r}", where=str(path), fix=f"for example {EXAMPLE}"
            )
    if "model" not in values:
        raise ConfigError("the file names no model", where=str(path), fix=f"for example {EXAMPLE}")
    model = str(values.pop("model"))
    for key in ("weights", "classes"):
        if isinstance(values.get(key), str):
            values[key] = str(path.parent / values[key])
    is_file = model.rpartition(":")[0].endswith(".py") or model.lower().endswith(SUFFIXES)
    return str(path.parent / model) if is_file else model, values


def _require_known(key: str, where: str) -> None:
    if key == "trust_pickle":
        raise ConfigError("a file cannot ask to be trusted", where=where, fix=UNTRUSTED)
    if key not in KEYS:
        raise ConfigError(
            f"unknown key {key!r}, expected {', '.join(KEYS)}",
            where=where,
            fix=nearest(key, KEYS, count=1) or "remove the key",
        )
