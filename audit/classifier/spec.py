"""Which loader a model's text asks for, told without importing torch."""

import importlib.util
import re
from pathlib import Path
from typing import Literal

from audit.errors import ModelError
from audit.text import nearest

LATER = ("timm", "hf")
SPECS = ("demo", "demo:clean", "torchvision:NAME", "FILE.py:FACTORY", "package.module:FACTORY")
DEMOS = ("demo", "demo:clean")
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".tar")
"""Endings of files with weights."""
Kind = Literal["demo", "torchvision", "file", "package", "pickle"]
_REGISTERED = re.compile(
    r'^@register_model\((?:(?:name=)?["\'](\w+)["\'])?\)\n(?:@.*\n)*def (\w+)', re.MULTILINE
)


def kind_of(spec: str) -> Kind:
    """The loader that `spec` asks for; ModelError where none does, with the nearest."""
    scheme, colon, rest = spec.rpartition(":")
    if scheme in LATER:
        raise ModelError(
            f"{scheme}: models are not supported yet", fix="write a FILE.py:FACTORY that builds it"
        )
    if spec == "demo" or spec.startswith("demo:"):
        return "demo"
    if spec.startswith("torchvision:"):
        return "torchvision"
    if scheme.endswith(".py") and rest:
        return "file"
    if spec.removesuffix(":").endswith(".py"):
        raise ModelError("which function builds the network?", where=spec, fix="write FILE.py:FACTORY")
    if spec.lower().endswith(SUFFIXES):
        return "pickle"
    if colon and re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", scheme) and rest.isidentifier():
        return "package"
    guess = f"torchvision:{spec}" if spec.isidentifier() else "FILE.py:FACTORY"
    raise ModelError(
        f"unknown kind of model {spec!r}, expected {', '.join(SPECS)}",
        fix=nearest(spec, DEMOS) or f"write {guess}",
    )


def require_findable(spec: str) -> None:
    """ModelError for what can be told at once: an unknown kind, demo or classifier, a file that is not there.

    What passes may still fail to load.
    """
    kind = kind_of(spec)
    if kind == "demo":
        require_demo(spec)
    elif kind == "file":
        require_file(spec.rpartition(":")[0])
    elif kind == "torchvision":
        _require_torchvision(spec)
    elif kind == "pickle" and not Path(spec).is_file():
        raise ModelError("no such file", where=f"weights {spec}", fix="check the path")


def require_demo(spec: str) -> None:
    """ModelError where the demo has no such network."""
    if spec not in DEMOS:
        raise ModelError(
            f"unknown demo network {spec!r}, expected {' or '.join(DEMOS)}",
            fix=nearest(spec, DEMOS) or "use demo",
        )


def require_file(file: str) -> None:
    """ModelError where the file of a factory is not there."""
    if not Path(file).is_file():
        raise ModelError("no such file", where=file, fix="check the path before the colon")


def unknown_to_torchvision(spec: str, name: str, known: list[str]) -> ModelError:
    """The error for a classifier that torchvision does not have."""
    fix = nearest(name, known) or "see torchvision's list of classification models"
    return ModelError(f"torchvision has no classifier {name!r}", where=spec, fix=fix)


def _require_torchvision(spec: str) -> None:
    """Asks torchvision's source files, since its import takes seconds.

    Only a name that stands nowhere in them is refused: no registration, however it is written, can know it.
    """
    name = spec.removeprefix("torchvision:").partition("@")[0]
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return
    texts = [path.read_text("utf-8") for path in sorted(Path(found.origin).parent.glob("models/*.py"))]
    known = [a or b for text in texts for a, b in _REGISTERED.findall(text)]
    if known and not any(name and re.search(rf"\b{re.escape(name)}\b", text) for text in texts):
        raise unknown_to_torchvision(spec, name, sorted(known))
