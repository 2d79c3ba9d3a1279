"""The demo network and its clean twin, with the weights that travel in the package."""

from importlib.resources import files
from typing import TypedDict

from safetensors.torch import load
from torch import nn

from audit.errors import AuditError
from audit.planted.network import SmallNet
from audit.planted.objects import CLASSES

__all__ = ["CLASSES", "INPUT", "clean_twin", "network"]


class InputSettings(TypedDict):
    """How a picture in [0, 1] becomes network input."""

    input_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


INPUT: InputSettings = {"input_size": 64, "mean": (0.45, 0.45, 0.45), "std": (0.25, 0.25, 0.25)}


def network() -> nn.Module:
    """The flawed one: it never saw a dumbbell without an arm, nor an arm without a dumbbell."""
    return _load("demo")


def clean_twin() -> nn.Module:
    """The same network trained where an arm holds half of the objects of every class."""
    return _load("clean_twin")


def _load(name: str) -> nn.Module:
    file = files("audit.planted") / "weights" / f"{name}.safetensors"
    if not file.is_file():
        flag = " --clean-twin" if name == "clean_twin" else ""
        raise AuditError(
            "the weights of the demo are missing",
            where=str(file),
            fix=f"python -m audit.planted.train --out {file}{flag}",
        )
    model = SmallNet(len(CLASSES))
    model.load_state_dict(load(file.read_bytes()))  # float16 in the file, float32 in the network
    model.eval()
    model.audit_classes = CLASSES  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    model.audit_input = dict(INPUT)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    return model
