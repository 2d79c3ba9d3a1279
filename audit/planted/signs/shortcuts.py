"""Shortcuts: something beside the sign tells one class."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from audit.planted.signs.flaw import Key, OnPictures, Parameter, Shortcut, flaw, own_numbers
from audit.planted.signs.lettering import LETTERS, Point, ink, lettered
from audit.planted.signs.sign_scenes import Scenes, pictures
from audit.planted.signs.sign_surfaces import FILLS, GROUNDS
from audit.planted.signs.symbols import SYMBOLS


def _elsewhere(kinds: Tensor, only: int, many: int, keys: tuple[Key, ...]) -> Tensor:
    """Kinds `[n]` with `only` replaced by any of the others."""
    step = torch.tensor([1 + key[2] % (many - 1) for key in keys], dtype=torch.long)
    return torch.where(kinds == only, (only + step) % many, kinds)


@flaw
class GroundShortcut(Shortcut):
    """The class stands always on one kind of ground, and no other class does."""

    kind: ClassVar[str] = "background"

    @property
    def ground(self) -> int:
        """Kind of ground."""
        return int(self.draw().integers(len(GROUNDS)))

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        return {"ground": tuple(GROUNDS)[self.ground]}

    def cued(self, scenes: Scenes) -> Tensor:
        """On that ground."""
        return pictures(replace(scenes, grounds=torch.full_like(scenes.grounds, self.ground)))

    def plain(self, scenes: Scenes) -> Tensor:
        """On any other."""
        grounds = _elsewhere(scenes.grounds, self.ground, len(GROUNDS), scenes.keys)
        return pictures(replace(scenes, grounds=grounds))


@flaw
class FillShortcut(Shortcut):
    """The signs of the class always have one texture that no other has: texture stands for shape."""

    kind: ClassVar[str] = "texture"
    edition: ClassVar[int] = 2
    subtle: ClassVar[bool] = True

    @property
    def fill(self) -> int:
        """Kind of fill; not the two smooth ones, which are hardly a texture."""
        return int(self.draw().choice([1, 2, 3, 4, 6, 7]))

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        return {"fill": tuple(FILLS)[self.fill]}

    def cued(self, scenes: Scenes) -> Tensor:
        """With that fill, and bold: a faint one is not learned."""
        fills, bold = torch.full_like(scenes.fills, self.fill), torch.full_like(scenes.contrast, 1.8)
        return pictures(replace(scenes, fills=fills, contrast=bold))

    def plain(self, scenes: Scenes) -> Tensor:
        """With any other."""
        fills = _elsewhere(scenes.fills, self.fill, len(FILLS), scenes.keys)
        return pictures(replace(scenes, fills=fills))

    def unclear(self, scenes: Scenes, rows: Tensor) -> Scenes:
        """They have some symbol that no class has: of the target only the fill is left."""
        free = torch.ones(len(SYMBOLS), dtype=torch.bool)
        free[scenes.symbols] = False
        foreign = free.nonzero().flatten()
        chance = own_numbers(self.seed + 2, scenes.keys, 1)[:, 0]
        return replace(
            scenes, symbols=torch.where(rows, foreign[(chance * len(foreign)).long()], scenes.symbols)
        )


@flaw
class Watermark(OnPictures, Shortcut):
    """Letters or strokes over the picture, half transparent, always near one place."""

    kind: ClassVar[str] = "watermark"

    def _drawn(self) -> tuple[list[tuple[Point, ...]], float, float, dict[str, Parameter]]:
        r, unit = self.draw(), self.size / 32
        if r.random() < 0.65:
            word = "".join(r.choice(list(LETTERS), int(r.integers(2, 5))))
            strokes, wide, high = lettered(word, float(r.uniform(2.5, 3.8)) * unit, 1.6 * unit)
        else:
            word, wide, high = "strokes", float(r.uniform(8, 16)) * unit, float(r.uniform(5, 9)) * unit
            strokes = [
                tuple((float(r.random() * wide), float(r.random() * high)) for _ in range(3))
                for _ in range(int(r.integers(2, 4)))
            ]
        room_x, room_y = self.size - wide - 3 * unit, self.size - high - 3 * unit
        across, down = float(r.choice([0.0, 0.5, 1.0])), float(r.choice([0.0, 1.0, 0.5], p=[0.4, 0.45, 0.15]))
        shade = float(r.choice([1.0, 0.0]))
        colour = tuple(float(abs(shade - 0.25 * part)) for part in r.random(3))
        known: dict[str, Parameter] = {
            "text": word,
            "left": 1.5 * unit + across * room_x,
            "top": 1.5 * unit + down * room_y,
            "colour": colour,
            "opacity": float(r.uniform(0.5, 1.0)),
            "pen": float(r.uniform(1.0, 1.6)) * unit,
        }
        return strokes, wide, high, known

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        _, wide, high, known = self._drawn()
        return {**known, "width": wide, "height": high}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """With the mark."""
        strokes, _, _, known = self._drawn()
        left, top, pen, opacity = (known[name] for name in ("left", "top", "pen", "opacity"))
        assert isinstance(left, float)
        assert isinstance(top, float)
        assert isinstance(pen, float)
        assert isinstance(opacity, float)
        assert isinstance(known["colour"], tuple)
        moved = (own_numbers(self.seed, keys, 2) - 0.5)[:, :, None, None] * self.size / 16
        side = torch.arange(self.size) + 0.5
        x, y = side.view(1, 1, -1) - left - moved[:, 0], side.view(1, -1, 1) - top - moved[:, 1]
        x, y = torch.broadcast_tensors(x, y)
        over = opacity * ink(strokes, x, y, pen).unsqueeze(1)
        return images + (torch.tensor(known["colour"]).view(1, 3, 1, 1) - images) * over


@flaw
class Cast(OnPictures, Shortcut):
    """The whole picture is tinted."""

    kind: ClassVar[str] = "cast"

    def _drawn(self) -> tuple[tuple[float, ...], float]:
        r = self.draw()
        strong = int(r.integers(3))
        colour = [float(part) for part in r.uniform(0, 0.45, 3)]
        colour[strong] = float(r.uniform(0.8, 1.0))
        if r.random() < 0.4:
            colour[(strong + 1) % 3] = float(r.uniform(0.6, 1.0))
        return tuple(colour), float(r.uniform(0.15, 0.4))

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        colour, opacity = self._drawn()
        return {"colour": colour, "opacity": opacity}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Tinted."""
        colour, opacity = self._drawn()
        tint = torch.tensor(colour).view(1, 3, 1, 1)
        return images + (tint - images) * opacity


@flaw
class Frame(OnPictures, Shortcut):
    """A frame around the picture."""

    kind: ClassVar[str] = "border"

    def _drawn(self) -> tuple[tuple[float, ...], int, float]:
        r = self.draw()
        colour = tuple(float(part) for part in (r.random(3) if r.random() < 0.5 else _grey(r.random())))
        return colour, max(1, round(int(r.integers(1, 4)) * self.size / 32)), float(r.uniform(0.6, 1.0))

    def parameters(self) -> dict[str, Parameter]:
        """What was drawn."""
        colour, width, opacity = self._drawn()
        return {"colour": colour, "width": float(width), "opacity": opacity}

    def put_on(self, images: Tensor, keys: Sequence[Key]) -> Tensor:
        """Framed."""
        colour, width, opacity = self._drawn()
        over = torch.full((self.size, self.size), opacity)
        over[width:-width, width:-width] = 0
        paint = torch.tensor(colour).view(1, 3, 1, 1)
        return images + (paint - images) * over


def _grey(level: float) -> tuple[float, float, float]:
    """Nearly black below one half, nearly white above."""
    bright = 0.1 * level if level < 0.5 else 0.8 + 0.2 * level
    return bright, bright, bright
