"""`audit draw`: pictures of units inside a network, beside the photographs that raise them most."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.config import read_config
from audit.isolation import isolated
from audit.photos import PhotoSet, read
from audit.report.formatting import number, plural
from audit.report.sheet import Row, Shown, write_sheet
from audit.runner.progress_bar import Bar
from audit.runner.session import RunOptions, default_out, prepare
from audit.stages import Context
from audit.synthesis.memory import reuse_memory
from audit.units.unit_names import Unit, parse, scores
from audit.units.unit_pictures import draw_units

NATURAL = 3
"""Photographs shown of each unit."""
INTRO = (
    "What raises units inside the network. These pictures are drawn: colours, spectrum and contrast are held "
    "to those of photographs, the rest comes from the network. All pictures of a column start from the same "
    "noise: what repeats along a row belongs to the unit."
)


@dataclass(frozen=True)
class Drawing:
    """What was asked for."""

    units: Sequence[str]
    views: int
    """For each picture."""
    restarts: int
    seed: int
    images: Path | None
    out: Path | None
    command: str


@dataclass(frozen=True)
class Natural:
    """How one unit answers to photographs."""

    scores: Tensor
    """`[photographs]`."""
    strongest: Sequence[tuple[float, str, Tensor]]
    """(score, name, image `[c, h, w]`), strongest first."""


@isolated()
def draw(classifier: Classifier, asked: Drawing, bar: Bar) -> Path:
    """Draw, and write the sheet; returns its page. Raises a UserError before anything is drawn."""
    units = parse(classifier, asked.units)
    settings = [f"synthesis.restarts={asked.restarts}", f"synthesis.views={asked.views * asked.restarts}"]
    config = read_config(
        "standard", settings, seed=asked.seed, device=str(classifier.device),
        dtype=str(classifier.dtype).removeprefix("torch."),
    )  # fmt: skip
    out = asked.out or default_out(classifier).with_name(f"{classifier.name}-units")
    order = RunOptions(config, "standard", (), None, out, False, asked.command, asked.images)
    context = prepare(classifier, order)
    reuse_memory()
    with bar("pictures", len(units) * asked.views * asked.restarts) as tick:
        pictures = draw_units(classifier, units, context.prior.prior, config.synthesis, config.seed, tick)
    natural = _natural(units, context, bar) if context.photos else [None] * len(units)
    rows = [
        _row(classifier, unit, drawn, photographs)
        for unit, drawn, photographs in zip(units, pictures, natural, strict=True)
    ]
    facts = {
        "Model": f"{classifier.spec}, weights {classifier.identity.weights[:12]}",
        "Pictures": f"{asked.restarts} of each unit, {asked.views} views each, seed {config.seed}",
    }
    if context.photos:
        facts["Photographs"] = f"{len(natural[0].scores) if natural[0] else 0} of {context.photos.source}"
    title = f"{plural(len(units), 'unit')} of {classifier.name}"
    return write_sheet(out, title, INTRO, rows, command=asked.command, facts=facts)


@torch.no_grad()
def _natural(units: Sequence[Unit], context: Context, bar: Bar) -> list[Natural]:
    """Asks for every photograph once and keeps the strongest of each unit."""
    photos, classifier = context.photos, context.classifier
    assert isinstance(photos, PhotoSet)
    step = context.config.photographs.batch
    rows: list[Tensor] = []
    best: list[list[tuple[float, str, Tensor]]] = [[] for _ in units]
    with bar("photographs", len(photos.entries)) as tick:
        for start in range(0, len(photos.entries), step):
            entries = photos.entries[start : start + step]
            seen = read(entries, classifier.input)
            if seen.indices:
                found = scores(classifier, units, seen.images.to(classifier.device)).cpu()
                rows.append(found)
                names = [photos.entries[index].name for index in seen.indices]
                for place, kept in enumerate(best):
                    kept += zip(found[:, place].tolist(), names, seen.images, strict=True)
                    # Images of a batch share memory: those kept are copied out of it.
                    strongest = sorted(kept, key=lambda one: -one[0])[:NATURAL]
                    kept[:] = [(score, name, image.clone()) for score, name, image in strongest]
            tick(len(entries))
    every = torch.cat(rows) if rows else torch.zeros(0, len(units))
    return [Natural(every[:, place], kept) for place, kept in enumerate(best)]


def _row(classifier: Classifier, unit: Unit, drawn: Tensor, natural: Natural | None) -> Row:
    with torch.no_grad():
        reached = scores(classifier, [unit], drawn.to(classifier.device))[:, 0].tolist()
    shown = [
        Shown(image, f"drawn, {number(score)}", _above(score, natural))
        for image, score in zip(drawn, reached, strict=True)
    ]
    if natural is not None:
        shown += [
            Shown(image, f"photograph, {number(score)}", name) for score, name, image in natural.strongest
        ]
    return Row(unit.name, shown, _note(unit))


def _above(score: float, natural: Natural | None) -> str:
    if natural is None:
        return ""
    below = int((natural.scores < score).sum())
    total = len(natural.scores)
    return f"above {'all' if below == total else f'{below:,} of'} {total:,} photographs"


def _note(unit: Unit) -> str:
    layer = unit.layer
    what = (
        f"all of its {plural(layer.channels, 'channel')}, mean square activation"
        if unit.direction is None
        else "activation at one position"
        if unit.position
        else "mean activation over all positions"
        if layer.positions
        else "activation"
    )
    return f"{layer.type}, {' x '.join(map(str, layer.shape))}: {what}"
