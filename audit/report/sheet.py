"""Sheets: rows of pictures with captions, as one page and as one picture. For what is not a whole audit."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image
from torch import Tensor

from audit.files import write_whole
from audit.report.page import asset, policy, slug, templates
from audit.report.sheet_picture import SMOOTH, Cell, Strip, compose, shown_size

STYLES = ("colours", "base", "header", "findings", "sections", "narrow", "print", "sheet")
"""Files of `assets/`, in the order in which they are joined."""
LINE = 1104
"""CSS pixels of a line of pictures on a wide screen."""
GAP = 16
NARROWEST, WIDEST = 96, 480
"""Width of one picture on the page, in CSS pixels: as many as a row has share the line."""
DRAWN = 160
"""The same in `sheet.png`, at least."""
ENCODED = 2
"""Pixels that the page carries for one CSS pixel at most."""


@dataclass(frozen=True)
class Shown:
    """One picture of a sheet."""

    image: Tensor
    """`[c, h, w]` in [0, 1]; 1 channel is grey, 3 are RGB, any other number is shown side by side in grey."""
    caption: str = ""
    detail: str = ""
    """A second, quieter line."""


@dataclass(frozen=True)
class Row:
    """Pictures that belong together."""

    heading: str
    pictures: Sequence[Shown]
    note: str = ""


@dataclass(frozen=True)
class _Placed:
    """A picture as the template shows it."""

    data: Markup
    width: int
    height: int
    pixelated: bool
    alt: str
    caption: str
    detail: str


def write_sheet(
    folder: Path,
    title: str,
    intro: str,
    rows: Sequence[Row],
    *,
    command: str,
    facts: Mapping[str, str] | None = None,
) -> Path:
    """Writes `index.html`, `sheet.png` and every picture, lossless, in `images/`; returns the page's path.

    `command` makes the sheet again; `facts` are shown beside it. The page needs no other file. Texts may hold
    anything: they are escaped. OutputError where the folder cannot be written.
    """
    width = line_width(max((len(row.pictures) for row in rows), default=1))
    drawn = [[picture_of(shown.image) for shown in row.pictures] for row in rows]
    for number, (row, pictures) in enumerate(zip(rows, drawn, strict=True)):
        for place, picture in enumerate(pictures):
            name = f"{number:03d}-{slug(row.heading)[:40] or 'row'}-{place:02d}.png"
            write_whole(folder / "images" / name, _encoded(picture, "PNG"))
    strips = [
        Strip(
            row.heading,
            row.note,
            [Cell(p, s.caption, s.detail) for p, s in zip(ps, row.pictures, strict=True)],
        )
        for row, ps in zip(rows, drawn, strict=True)
    ]
    write_whole(folder / "sheet.png", _encoded(compose(title, strips, max(width, DRAWN)), "PNG"))
    style = "".join(asset(f"{name}.css") for name in STYLES)
    html = (
        templates()
        .get_template("sheet.html.j2")
        .render(
            title=title,
            intro=intro,
            rows=[
                (row, [_placed(cell, row.heading, width) for cell in strip.cells])
                for row, strip in zip(rows, strips, strict=True)
            ],
            command=command,
            facts=dict(facts or {}),
            style=Markup(style),
            csp=policy(style, ""),
        )
    )
    write_whole(folder / "index.html", html.encode())
    return folder / "index.html"


def line_width(columns: int) -> int:
    """Width of one of so many pictures beside each other, in CSS pixels."""
    return max(NARROWEST, min(WIDEST, (LINE + GAP) // max(1, columns) - GAP))


def picture_of(image: Tensor) -> Image.Image:
    """An image `[c, h, w]` in [0, 1], rounded to 8 bits."""
    pixels = (image.detach().cpu().float().clamp(0, 1) * 255).round().byte().numpy()
    if len(pixels) == 3:
        return Image.fromarray(pixels.transpose(1, 2, 0))
    return Image.fromarray(np.concatenate(list(pixels), axis=1))


def _placed(cell: Cell, heading: str, width: int) -> _Placed:
    picture, (w, h) = cell.picture, shown_size(cell.picture.size, width)
    pixelated = w >= picture.width and max(picture.size) < SMOOTH
    most = ENCODED * w
    if picture.width > most:
        picture = picture.resize((most, ENCODED * h), Image.Resampling.LANCZOS)
    data = base64.b64encode(_encoded(picture, "WEBP", quality=90, lossless=pixelated, method=4)).decode(
        "ascii"
    )
    alt = ", ".join(part for part in (heading, cell.caption) if part)
    return _Placed(Markup(data), w, h, pixelated, alt, cell.caption, cell.detail)


def _encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
