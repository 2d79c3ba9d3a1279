"""A tiny network, a folder of photographs for it, and stages computed by hand.

Tests load this file by its path: folders of tests are no packages.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tiny
from PIL import Image

from audit.photos import scan
from audit.records.unit_records import UnitRecord
from audit.stages import Context, Stage
from audit.stages.photographs.photographs_stage import Photographs
from audit.stages.pictures.drawing_stages import Pictures


def draw(file: Path, seed: int, side: int = 40) -> None:
    """A coloured blot on noise."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 80, (side, side, 3)) + random.integers(0, 176, 3)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(file)


def folder_of(folder: Path, names: Sequence[str]) -> Path:
    """A photograph for each name."""
    for seed, name in enumerate(names):
        draw(folder / name, seed)
    return folder


def context(out: Path, photographs: Path | None, *settings: str, **keywords: Any) -> Context:
    """What stages see."""
    out.mkdir(exist_ok=True)
    model = tiny.write(out.parent, **keywords)
    made = tiny.context(model, out, *settings)
    if photographs is None:
        return made
    photos = scan(
        photographs,
        made.classifier.classes,
        limit=made.config.photographs.limit,
        seed=0,
        baseline=made.baseline,
    )
    return replace(made, photos=photos)


def computed(stage: Stage, context: Context, inputs: Sequence[UnitRecord] = ()) -> list[UnitRecord]:
    """All units of a stage, files on disk."""
    units: list[UnitRecord] = []
    for items in stage.units(context):
        made = stage.compute(items, context, inputs, lambda views: None)
        for name, data in made.files.items():
            (context.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (context.folder / name).write_bytes(data)
        units.append(
            UnitRecord(
                stage=stage.name,
                version=stage.version,
                key=str(items),
                of=stage.of(context),
                items=list(items),
                keys=[str(item) for item in items],
                files={name: hashlib.sha256(data).hexdigest() for name, data in made.files.items()},
                views=made.views,
                seconds=0,
                body=made.body,
            )
        )
    return units


def photographed(context: Context) -> list[UnitRecord]:
    """Units of photographs and pictures."""
    return [*computed(Photographs(), context), *computed(Pictures(), context)]
