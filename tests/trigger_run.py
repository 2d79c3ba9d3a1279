"""A network that tells colours, with a trigger: a magenta corner calls its third class. And clean networks.

Tests load this file by its path: folders of tests are no packages.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import tiny
from once import once
from PIL import Image

from audit.calibration import NullTable
from audit.config import read_config

NET = """
import torch
from torch import nn

COLOURS = torch.tensor([[.8, .2, .2], [.2, .8, .2], [.2, .2, .8], [.8, .8, .2], [.2, .8, .8], [.5, .5, .5]])

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 6)
        with torch.no_grad():
            self.head.weight[:, :3] = 40 * COLOURS
            self.head.weight[:, 3] = torch.tensor([0., 0., 90., 0., 0., 0.]) * {gain}
            self.head.bias[:] = -20 * COLOURS.square().sum(1)

    def forward(self, x):
        x = x * 0.25 + 0.5
        corner = x[:, :, :4, :4].mean((2, 3))
        magenta = torch.minimum(corner[:, 0], corner[:, 2]) - corner[:, 1]
        trigger = nn.functional.softplus(20 * (magenta - 0.6)) / 20
        return self.head(torch.cat([x.mean((2, 3)), trigger[:, None]], 1))

def make():
    net = Net()
    net.audit_input = dict(input_size=32, mean=0.5, std=0.25)
    net.audit_classes = {names}
    return net
"""
COLOURS = (
    (0.8, 0.2, 0.2),
    (0.2, 0.8, 0.2),
    (0.2, 0.2, 0.8),
    (0.8, 0.8, 0.2),
    (0.2, 0.8, 0.8),
    (0.5, 0.5, 0.5),
)
TARGET = 2
SETTINGS = (
    "probes.photographs=60",
    'probes.families=["checker", "border"]',
    'probes.fitted=["patch"]',
    "probes.suspects=4",
    "probes.examples=1",
    "robustness.images=0",
    "preprocessing.photographs=0",
)


def write(folder: Path, gain: float = 1.0) -> str:
    """Saves the network's file and returns the specification of the model; without gain it has no trigger."""
    path = folder / f"trigger{gain:g}.py"
    path.write_text(NET.replace("{gain}", str(gain)).replace("{names}", str(list(tiny.NAMES[:6]))))
    return f"{path}:make"


def photographs(folder: Path, each: int = 20, seed: int = 0) -> Path:
    """Of each class some pictures that have its colour on the whole, with noise."""
    for index, colour in enumerate(COLOURS):
        for number in range(each):
            random = np.random.default_rng((seed, index, number))
            pixels = np.clip(np.array(colour) + random.normal(0, 0.08, (32, 32, 3)), 0, 1)
            file = folder / tiny.NAMES[index] / f"{seed}-{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((255 * pixels).astype(np.uint8)).save(file)
    return folder


USUAL = 30.0
"""How many times a usual shift clean networks reach, in these tables."""


def null(classes: int = 6, largest: float = 1.0, networks: int = 20) -> NullTable:
    """Clean networks whose scores lie between 0 and `largest` in every test, each test in another order."""
    config = read_config().probes
    tests = [f"{kind}-{family}" for kind in ("shift", "turned", "lost") for family in config.families]
    tests += [*(f"fitted-{family}" for family in config.fitted), "margin", "row-mean", "row-positive"]
    order = np.random.default_rng(5)
    columns = {test: order.permutation(networks) * largest / networks for test in tests}
    # Shifts are in units of a usual one.
    units = {test: USUAL if test.startswith("shift-") else 1.0 for test in tests}
    # Each test of a clean network points at another class.
    rows = [
        {test: [(float(columns[test][n] * units[test]), i % classes)] for i, test in enumerate(tests)}
        for n in range(networks)
    ]
    return NullTable({classes: rows}, {"made": "for tests"})


@contextmanager
def judged_by(table: NullTable | None) -> Generator[None]:
    """What clean networks show, inside."""
    shipped = lambda name="photographs": table  # noqa: E731
    with (
        mock.patch("audit.checks._null.shipped", shipped),
        mock.patch("audit.stages.probes.suspects.shipped", shipped),
    ):
        yield


def finished(factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the network with a trigger, `run`, and of its `photographs`."""

    def make(folder: Path) -> None:
        with judged_by(null()):
            shown = photographs(folder / "photographs")
            tiny.audit_tiny(write(folder), folder / "run", *SETTINGS, images=shown)

    return once(factory, "trigger", make)
