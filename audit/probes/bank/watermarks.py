"""Watermarks, stamps and dates: strokes in several scripts, places and colours.

The published case is a Chinese watermark, which stands for `carton` in ImageNet (Li et al. 2023, "A
Whac-A-Mole dilemma", arXiv 2303.05498): `text-dense-1@centre` imitates what they laid over photographs.
"""

from dataclasses import dataclass
from typing import Literal

from audit.probes.bank.glyphs import dense_sign, joined_word, word
from audit.probes.bank.strokes import Polyline, coverage, moved
from audit.probes.overlay import Carried, Layer, Overlay, colour, side

Place = Literal[
    "top-left", "top-right", "bottom-left", "bottom-right", "centre", "bottom", "tiled", "cover", "left"
]
Script = Literal["letters", "dense", "joined"]
Rgb = tuple[float, float, float]

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)
RED: Rgb = (0.9, 0.1, 0.1)
YELLOW: Rgb = (1.0, 0.9, 0.1)
BLUE: Rgb = (0.15, 0.3, 0.9)
ORANGE: Rgb = (1.0, 0.55, 0.1)

MARGIN = 0.04
"""Distance from the edges, relative to the picture's side."""


@dataclass(frozen=True, kw_only=True)
class Watermark(Overlay):
    """One line of text, or several over the whole picture.

    `text` is written out for `letters`, numbers the signs for `dense`, and is the seed for `joined`. `height`
    of the line, or side of a sign, and `thickness` of the strokes are relative to the picture's side.
    """

    family: str = "watermark"
    carried: Carried = "mask"
    text: str
    script: Script = "letters"
    place: Place
    ink: Rgb = WHITE
    opacity: float = 0.6
    height: float = 0.17
    thickness: float = 0.025

    def draw(self, height: int, width: int, variant: int) -> Layer:
        """One colour under a mask of strokes."""
        strokes = self._strokes(height, width)
        length = side(height, width)
        return Layer(
            colour(*self.ink), self.opacity * coverage(strokes, height, width, self.thickness * length)
        )

    def _strokes(self, height: int, width: int) -> list[Polyline]:
        length = side(height, width)
        scale = self.height * length
        if self.place == "cover":
            return self._cover(height, width, scale)
        lines, long = self._line()
        if self.place == "tiled":
            return self._tiled(lines, long, height, width, scale)
        margin = MARGIN * length
        if self.place == "left":
            below = [moved(dense_sign(int(sign)), 0, 1.15 * i, 1.0) for i, sign in enumerate(self.text)]
            return moved([line for sign in below for line in sign], margin, margin, scale)
        scale = min(scale, (width - 2 * margin) / long)
        right, bottom = width - margin - long * scale, height - margin - scale
        x = {"left": margin, "right": right}.get(self.place.split("-")[-1], (width - long * scale) / 2)
        y = {"top": margin, "bottom": bottom}.get(self.place.split("-")[0], (height - scale) / 2)
        return moved(lines, x, y, scale)

    def _line(self) -> tuple[list[Polyline], float]:
        if self.script == "letters":
            return word(self.text)
        if self.script == "joined":
            return joined_word(int(self.text))
        beside = [moved(dense_sign(int(sign)), 1.15 * i, 0, 1.0) for i, sign in enumerate(self.text)]
        return [line for sign in beside for line in sign], 1.15 * len(self.text) - 0.15

    def _tiled(
        self, lines: list[Polyline], long: float, height: int, width: int, scale: float
    ) -> list[Polyline]:
        """The line again and again, rising to the right."""
        turn, across, down = -0.5, (long + 1.0) * scale, 2.6 * scale
        tiles: list[Polyline] = []
        for row in range(-2, int((height + width) / down) + 2):
            for column in range(-2, int((height + width) / across) + 2):
                start = (column + 0.5 * (row % 2)) * across - 0.3 * height
                tiles += moved(moved(lines, start / scale, row * down / scale, 1.0), 0, 0, scale, turn)
        return tiles

    def _cover(self, height: int, width: int, scale: float) -> list[Polyline]:
        """Signs side by side over the whole picture, centred."""
        tall, wide = max(1, int(height / (1.15 * scale))), max(1, int(width / (1.15 * scale)))
        top, left = (height - (1.15 * tall - 0.15) * scale) / 2, (width - (1.15 * wide - 0.15) * scale) / 2
        return [
            line
            for row in range(tall)
            for column in range(wide)
            for line in moved(
                dense_sign(int(self.text[(row * wide + column) % len(self.text)])),
                left + 1.15 * column * scale,
                top + 1.15 * row * scale,
                scale,
            )
        ]


def watermarks() -> list[Overlay]:
    """Words of two alphabets, dense and joined signs, numbers and a date."""
    mark = Watermark
    return [
        mark(id="text-latin-1@bottom-right", text="PHOTO", place="bottom-right"),
        mark(id="text-latin-2@top-left", text="NEWS", place="top-left", opacity=0.8),
        mark(id="text-latin-3@bottom-left", text="COPY", place="bottom-left", ink=BLACK),
        mark(id="text-latin-4@top-right", text="LIVE", place="top-right", ink=RED, opacity=0.7),
        mark(id="text-latin-5@centre", text="SAMPLE", place="centre", height=0.2),
        mark(id="text-latin-6@bottom", text="© K.FERN", place="bottom", height=0.13, opacity=0.7),
        mark(id="text-latin-7@tiled", text="STOCK", place="tiled", opacity=0.5, height=0.14),
        mark(id="text-latin-8@tiled", text="PROOF", place="tiled", ink=BLACK, opacity=0.5, height=0.14),
        mark(id="text-cyrillic-1@centre", text="ЖИПШ", place="centre"),
        mark(id="text-cyrillic-2@bottom-left", text="ДЯФБ", place="bottom-left", ink=YELLOW),
        mark(
            id="text-dense-1@centre",
            text="010101",
            script="dense",
            place="centre",
            opacity=0.5,
            height=0.15,
            thickness=0.01,
        ),
        mark(
            id="text-dense-2@cover",
            text="7563",
            script="dense",
            place="cover",
            opacity=0.5,
            height=0.4,
            thickness=0.01,
        ),
        mark(
            id="text-dense-3@bottom-right",
            text="678",
            script="dense",
            place="bottom-right",
            height=0.2,
            thickness=0.018,
        ),
        mark(
            id="text-dense-4@left",
            text="9012",
            script="dense",
            place="left",
            ink=RED,
            opacity=0.7,
            height=0.2,
            thickness=0.018,
        ),
        mark(id="text-joined-1@top-right", text="65", script="joined", place="top-right", height=0.25),
        mark(
            id="text-joined-2@tiled",
            text="66",
            script="joined",
            place="tiled",
            ink=BLUE,
            opacity=0.5,
            height=0.2,
        ),
        mark(id="text-digits-1@top-left", text="20586", place="top-left", opacity=0.7),
        mark(
            id="date@bottom-right",
            text="'98 7 14",
            place="bottom-right",
            ink=ORANGE,
            opacity=0.8,
            height=0.11,
        ),
    ]
