"""A network with a class that is a red corner, labelled photographs for it, and stages run on them.

Tests load this file by its path: folders of tests are no packages.
"""

from pathlib import Path

import numpy as np
import photo_run
import pytest
import tiny
from once import once
from PIL import Image

from audit.photos import scan
from audit.stages import Context

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 4)
        with torch.no_grad():
            self.head.weight[:] = 25 * torch.tensor([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
            self.head.bias[:] = torch.tensor([1., 0, 0, 0])

    def forward(self, x):
        x = x * 0.25 + 0.5
        corner, middle = x[:, :, :4, :4].mean((2, 3)), x[:, :, 8:24, 8:24].mean((2, 3))
        red = corner[:, 0] - corner[:, -1]
        blue, green = middle[:, -1] - middle[:, 0], middle[:, {green}] - middle[:, 0]
        if {bright}:
            red, blue, green = corner[:, 0] - 0.6, 0.3 - middle[:, 0], middle[:, 0] - 0.7
        return self.head(torch.stack([red, blue, green], 1).relu())

def make():
    net = Net()
    net.audit_input = dict(input_size=32, channels={channels}, mean=0.5, std=0.25)
    net.audit_classes = {names}
    return net
"""
OWN = 1
"""The class of the corner."""
MIDDLES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), (0.2, 0.2, 0.9), (0.2, 0.9, 0.2))
HOSTILE = ("<b>plain</b>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "\" onload='x'")
SETTINGS = (
    "probes.photographs=16",
    'probes.families=["border"]',
    "probes.fitted=[]",
    "probes.suspects=0",
    "robustness.images=0",
    "preprocessing.photographs=0",
    "parts.others=8",
)


def write(folder: Path, channels: int = 3, names: tuple[str, ...] = tiny.NAMES[:4]) -> str:
    """Saves the network's file and returns the specification of the model; of one channel it looks for
    brightness."""
    path = folder / f"corner{channels}.py"
    given = {
        "channels": channels,
        "names": list(names),
        "bright": channels == 1,
        "green": min(1, channels - 1),
    }
    text = NET
    for name, value in given.items():
        text = text.replace(f"{{{name}}}", str(value))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return f"{path}:make"


def photographs(
    folder: Path, each: int = 8, folders: tuple[str, ...] = tiny.NAMES[:4], side: int = 32
) -> Path:
    """Of each class noise with its middle; the one of the corner has it at the upper left."""
    for index, name in enumerate(folders):
        for number in range(each):
            random = np.random.default_rng((index, number))
            pixels = 0.5 + random.normal(0, 0.06, (side, side, 3))
            pixels[8:24, 8:24] += np.array(MIDDLES[index]) - 0.5
            pixels[:4, :4] = (1.0, 0.8, 0.1) if index == OWN else 0.3
            file = folder / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((255 * pixels.clip(0, 1)).astype(np.uint8)).save(file)
    return folder


def context(
    folder: Path, *settings: str, channels: int = 3, given: Path | None = None, each: int = 8
) -> Context:
    """What stages see of a run with these photographs."""
    out = folder / "run"
    out.mkdir(parents=True, exist_ok=True)
    made = tiny.context(write(folder, channels), out, *SETTINGS, *settings)
    shown = photographs(folder / "photographs", each) if given is None else given
    photos = scan(shown, made.classifier.classes, limit=1000, seed=0, baseline=made.baseline)
    return photo_run.replace(made, photos=photos)


def finished(factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the network, `run`, and of its `photographs`."""

    def make(folder: Path) -> None:
        tiny.audit_tiny(write(folder), folder / "run", *SETTINGS, images=photographs(folder / "photographs"))

    return once(factory, "parts", make)
