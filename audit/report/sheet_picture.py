"""A sheet as one picture, captions drawn: to show around, or to lay beside a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from audit.report.formatting import clean

SMOOTH = 128
"""Pictures shorter than this are enlarged by whole factors without smoothing."""
MARGIN, GAP = 32, 16
PAPER, INK, QUIET = (250, 249, 247), (29, 29, 31), (95, 94, 91)
TITLE, HEADING, CAPTION = 30, 21, 15
"""Sizes of letters in pixels."""
LEAST = 640
"""Width of the smallest sheet: notes need room."""


@dataclass(frozen=True)
class Cell:
    """A picture with its words."""

    picture: Image.Image
    caption: str
    detail: str


@dataclass(frozen=True)
class Strip:
    """One row."""

    heading: str
    note: str
    cells: Sequence[Cell]


def shown_size(size: tuple[int, int], width: int) -> tuple[int, int]:
    """Width and height at which a picture is shown in a cell `width` wide."""
    w, h = size
    if max(w, h) < SMOOTH and w <= width:
        factor = max(1, width // w)
        return w * factor, h * factor
    w, h = min(w, width), h * min(w, width) / w
    return w, max(1, round(h))


def compose(title: str, strips: Sequence[Strip], width: int) -> Image.Image:
    """All rows beneath each other, cells `width` pixels wide, words wrapped to their cell."""
    columns = max((len(strip.cells) for strip in strips), default=1)
    across = max(LEAST, columns * (width + GAP) - GAP)
    blocks = [_words(title, TITLE, across, INK), *(_strip(strip, width, across) for strip in strips)]
    height = sum(block.height for block in blocks) + 2 * MARGIN + GAP * (len(blocks) - 1)
    sheet = Image.new("RGB", (across + 2 * MARGIN, height), PAPER)
    y = MARGIN
    for block in blocks:
        sheet.paste(block, (MARGIN, y))
        y += block.height + GAP
    return sheet


def _strip(strip: Strip, width: int, across: int) -> Image.Image:
    head = [_words(strip.heading, HEADING, across, INK), _words(strip.note, CAPTION, across, QUIET)]
    cells = [_cell(cell, width) for cell in strip.cells]
    top = sum(block.height for block in head) + 6
    block = Image.new("RGB", (across, top + max((cell.height for cell in cells), default=0)), PAPER)
    block.paste(head[0], (0, 0))
    block.paste(head[1], (0, head[0].height))
    for place, cell in enumerate(cells):
        block.paste(cell, (place * (width + GAP), top))
    return block


def _cell(cell: Cell, width: int) -> Image.Image:
    size = shown_size(cell.picture.size, width)
    larger = size[0] > cell.picture.width
    picture = cell.picture.convert("RGB").resize(
        size, Image.Resampling.NEAREST if larger else Image.Resampling.LANCZOS
    )
    words = [_words(cell.caption, CAPTION, width, INK), _words(cell.detail, CAPTION, width, QUIET)]
    block = Image.new("RGB", (width, picture.height + 4 + sum(w.height for w in words)), PAPER)
    block.paste(picture, (0, 0))
    block.paste(words[0], (0, picture.height + 4))
    block.paste(words[1], (0, picture.height + 4 + words[0].height))
    return block


def _words(words: str, size: int, width: int, colour: tuple[int, int, int]) -> Image.Image:
    """A block of text; nothing is 0 high."""
    lines, height = wrapped(clean(words), size, width), round(size * 1.35)
    block = Image.new("RGB", (width, max(0, len(lines) * height)), PAPER)
    pen = ImageDraw.Draw(block)
    for number, line in enumerate(lines):
        pen.text((0, number * height), line, fill=colour, font=_font(size))
    return block


def wrapped(words: str, size: int, width: int) -> list[str]:
    """Lines no wider than `width` pixels; a word that is too long is broken."""
    lines: list[str] = []
    for word in words.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and _font(size).getlength(joined) <= width:
            lines[-1] = joined
            continue
        while len(word) > 1 and _font(size).getlength(word) > width:
            fits = max(
                n for n in range(1, len(word) + 1) if n == 1 or _font(size).getlength(word[:n]) <= width
            )
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
