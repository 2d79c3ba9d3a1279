"""`audit dream`: a photograph as a network sees it, at one layer, at several, or as an endless zoom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.dreaming.ascent import DreamSettings, Sleeper, dream, sides, sleeper
from audit.dreaming.dream_inputs import NOISE, guide_of, photograph, units_of
from audit.dreaming.dream_objectives import like_guide, seen_by
from audit.dreaming.dream_options import DreamOrder
from audit.dreaming.film import film
from audit.files import write_whole
from audit.image_stats import to_uint8_grid
from audit.images.png import png
from audit.isolation import isolated
from audit.report.page import slug
from audit.report.sheet import Row, Shown, write_sheet
from audit.runner.progress_bar import Bar
from audit.synthesis.memory import reuse_memory

A_LINE = 3
"""Pictures in a row of the page."""
ABOUT_STILLS = (
    "Gradient ascent on what each layer answers: whatever it sees in the photograph already becomes more. "
    "Low layers bring out strokes and patterns, high ones parts and whole things."
)
ABOUT_GUIDED = (
    "Gradient ascent on how much each place of the photograph, as the layer sees it, is like that place of "
    "the guide which fits it best."
)


@dataclass(frozen=True)
class Dreamt:
    """What was dreamt."""

    pictures: Mapping[str, Tensor]
    """Unit → picture `[c, h, w]` in [0, 1], on the 8-bit grid; of a zoom the last frame."""
    folder: Path
    files: Sequence[Path]
    """The dreams, lossless; of a zoom the animations, and the folder of frames, that were asked for."""

    @property
    def page(self) -> Path:
        """The sheet with all of them."""
        return self.folder / "index.html"


@isolated()
def dream_photo(classifier: Classifier, order: DreamOrder, bar: Bar) -> Dreamt:
    """Dream and write the page. UserError for anything that was given wrong, before anything is written."""
    reuse_memory()
    units = units_of(classifier, list(order.layers), single=order.zoom is not None)
    photo = photograph(classifier, order.photo, order.side, order.seed)
    guide = None if order.guide is None else guide_of(classifier, order.guide)
    size = (photo.shape[2], photo.shape[3])
    sleepers: dict[str, Sleeper] = {}
    for unit in units:
        score = (
            seen_by(classifier, unit)
            if guide is None
            else like_guide(classifier, unit, guide.to(classifier.device))
        )
        sleepers[unit.name] = sleeper(classifier, score, size, order.settings)
    begins = [Shown(photo[0], "noise" if order.photo == NOISE else Path(order.photo).name)]
    if guide is not None and order.guide is not None:
        begins.append(Shown(guide[0], f"guide: {order.guide.name}"))
    start = photo.to(classifier.device)
    make = _still if order.zoom is None else _zoomed
    pictures, files, rows, intro, facts = make(start, begins, sleepers, order, bar)
    octaves = len(sides(size, next(iter(sleepers.values())).smallest, order.settings))
    known = {
        "Network": classifier.name,
        "Size": f"{size[1]} x {size[0]} px",
        "Octaves": f"{octaves}, {order.settings.iterations} steps in each",
        "Seed": str(order.seed),
    }
    title = f"{classifier.name} dreams"
    write_sheet(order.out, title, intro, rows, command=order.command, facts={**known, **facts})
    return Dreamt(pictures, order.out, files)


_Made = tuple[dict[str, Tensor], list[Path], list[Row], str, dict[str, str]]


def _still(
    photo: Tensor, begins: list[Shown], sleepers: Mapping[str, Sleeper], order: DreamOrder, bar: Bar
) -> _Made:
    """One picture for each unit."""
    pictures: dict[str, Tensor] = {}
    files: list[Path] = []
    for number, (name, one) in enumerate(sleepers.items()):
        with bar(name, _pixels(photo, one, order.settings)) as tick:
            dreamt = dream(photo, one, order.settings, _numbers(order, 0), tick)
        pictures[name] = to_uint8_grid(dreamt.cpu())[0]
        file = "dream.png" if len(sleepers) == 1 else f"dream-{number + 1}-{slug(name)[:60]}.png"
        files.append(order.out / file)
        write_whole(files[-1], png(pictures[name]))
    shown = [*begins, *(Shown(picture, name) for name, picture in pictures.items())]
    lines = range(0, len(shown), A_LINE)
    rows = [Row(_heading(first, len(shown)), shown[first : first + A_LINE]) for first in lines]
    return pictures, files, rows, ABOUT_STILLS if order.guide is None else ABOUT_GUIDED, {}


def _zoomed(
    photo: Tensor, begins: list[Shown], sleepers: Mapping[str, Sleeper], order: DreamOrder, bar: Bar
) -> _Made:
    """Frames of one unit."""
    ((name, one),), zoom = sleepers.items(), order.zoom
    assert zoom is not None
    later = zoom.each(order.settings)
    pixels = _pixels(photo, one, order.settings) + (zoom.frames - 1) * _pixels(photo, one, later)
    with bar(name, pixels) as tick:
        first = dream(photo, one, order.settings, _numbers(order, 0), tick)
        made = film(
            first, lambda now, frame: dream(now, one, later, _numbers(order, frame), tick), zoom, order.out
        )
    strips = [made.strip[i : i + A_LINE] for i in range(0, len(made.strip), A_LINE)]
    headings = [f"{zoom.frames} frames", *["" for _ in strips]]
    rows = [Row("Begins with", begins), *(Row(h, s) for h, s in zip(headings, strips, strict=False))]
    intro = (
        f"Each frame is the one before, enlarged by {100 * (zoom.factor - 1):.3g} %, turned by "
        f"{zoom.degrees:g}° and dreamt on. Mean and covariance of the colours are held at those of the first."
    )
    return {name: made.last}, made.files, rows, intro, {"Layer": name, **made.facts}


def _numbers(order: DreamOrder, frame: int) -> torch.Generator:
    return generator(order.seed, "dream", frame)


def _pixels(photo: Tensor, one: Sleeper, settings: DreamSettings) -> float:
    size = (photo.shape[2], photo.shape[3])
    return float(sum(h * w for h, w in sides(size, one.smallest, settings)) * settings.iterations)


def _heading(first: int, count: int) -> str:
    if count <= A_LINE:
        return "The photograph and its dream"
    return "The photograph and low layers" if first == 0 else "Higher layers"
