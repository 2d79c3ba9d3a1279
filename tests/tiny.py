"""A tiny network in a file of its own, and settings with which its audit takes a second.

Tests load this file by its path: folders of tests are no packages.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from once import once
from PIL import Image

import audit.cli.main
from audit.api import run
from audit.classifier import load
from audit.config import read_config
from audit.finished import Audit
from audit.records.unit_records import UnitRecord
from audit.runner.session import RunOptions, prepare
from audit.stages import STAGES, Context

NET = """
import torch
from torch import nn

def make():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed({seed})
        net = nn.Sequential(
            nn.Conv2d({channels}, 8, 3, padding=1), nn.ReLU(),
            nn.Conv2d(8, 12, 3, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, {classes}),
        )
    with torch.no_grad():
        net[-1].weight.mul_(20)
    net.audit_input = dict(input_size={size}, mean=0.5, std=0.25)
    net.audit_classes = {names}
    return net
"""
NAMES = ("banana", "dumbbell", "goldfish", "lemon", "pear", "plum", "quail", "rake", "sofa", "tulip")
SETTINGS = (
    "synthesis.views=8",
    "synthesis.restarts=2",
    "synthesis.batch=4",  # eight classes a unit
    "synthesis.step_budget=[1, 1]",
    "unconstrained.views=4",
    "unconstrained.classes=4",
    "reliability.control_classes=0",
    "probes.photographs=0",
)


def write(folder: Path, seed: int = 1, size: object = 32, channels: int = 3, classes: int = 6) -> str:
    """Saves a network's file and returns the specification of the model."""
    path = folder / f"net{seed}.py"
    names = [*NAMES, *(f"thing {i}" for i in range(len(NAMES), classes))][:classes]
    path.write_text(NET.format(seed=seed, size=size, channels=channels, classes=classes, names=names))
    return f"{path}:make"


def recorded(body: Any, **changes: Any) -> UnitRecord:
    """A finished unit that holds `body`; what else a record says is made up."""
    said = {
        "stage": "s",
        "version": 1,
        "key": "k",
        "of": "classes",
        "items": [0],
        "keys": ["k"],
        "files": {},
        "views": 0.0,
    }
    return UnitRecord(**{**said, "seconds": 0.0, "body": body, **changes})


def noting(monkeypatch: Any) -> list[tuple[str, tuple[int, ...]]]:
    """A list that grows by (stage, items) whenever a unit is computed."""
    noted: list[tuple[str, tuple[int, ...]]] = []

    def wrapping(compute: Any) -> Any:
        def wrapped(stage: Any, items: Any, *rest: Any) -> Any:
            noted.append((stage.name, tuple(items)))
            return compute(stage, items, *rest)

        return wrapped

    # Of the kind, not of the one that is registered: a stage of several parts makes others of it.
    for kind, compute in {type(stage): type(stage).compute for stage in STAGES}.items():
        monkeypatch.setattr(kind, "compute", wrapping(compute))
    return noted


def comparable(out: Path) -> dict[str, Any]:
    """results.json without what may differ between runs that are otherwise equal."""
    results = json.loads((out / "results.json").read_text())
    del results["run"]["timing"], results["run"]["command"]
    return results


def photograph(path: Path, number: int = 0, side: int = 40) -> Path:
    """Writes a picture of soft blotches, another one for each number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(number).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).save(path)
    return path


def flags(*settings: str) -> list[str]:
    """The settings as flags of the command line."""
    return [word for setting in (*SETTINGS, *settings) for word in ("--set", setting)]


def audit_tiny(model: Any, out: Path, *settings: str, **keywords: Any) -> Audit:
    """`audit.run` with the small settings, on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return run(model, set=(*SETTINGS, *settings), out=out, **keywords)
    finally:
        torch.set_num_threads(before)


def finished(factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the tiny network, for all that only read it."""
    return once(factory, "finished", lambda folder: audit_tiny(write(folder), folder / "run")) / "run"


def context(
    model: str, out: Path, *settings: str, only: Sequence[str] = (), baseline: Path | None = None
) -> Context:
    """What stages see of such a run."""
    config = read_config("standard", (*SETTINGS, *settings))
    return prepare(load(model), RunOptions(config, "standard", only, baseline, out, False, "audit"))


def command(*words: str) -> int:
    """The command line in this process; returns its exit code."""
    before, threads = sys.argv, torch.get_num_threads()
    sys.argv = ["audit", *words]
    torch.set_num_threads(1)
    try:
        audit.cli.main.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.argv = before
        torch.set_num_threads(threads)
    return 0


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: path → content, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
