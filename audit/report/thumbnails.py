"""Pictures of the run as small WebP files, each once, sized so that a page of a thousand classes fits."""

import base64
import hashlib
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from audit.errors import OutputError

# What an attack changed, made visible: the difference of two pictures, magnified around grey.

GREY = 128
REACH = 80
"""The largest change is drawn this far from grey, or as near to it as a whole factor comes."""


def magnified(before: Image.Image, after: Image.Image) -> tuple[Image.Image, int]:
    """`GREY + factor · (after − before)` per channel, and the factor, a whole number of at least 1.

    Both are RGB of 8 bits and of one size (ValueError where not); grey means no change. The same picture
    twice gives plain grey and the factor 1.
    """
    if before.size != after.size:
        raise ValueError(f"expected two pictures of one size, got {before.size} and {after.size}")
    change = np.asarray(after, dtype=np.int16) - np.asarray(before, dtype=np.int16)
    largest = int(np.abs(change).max(initial=0))
    factor = max(1, REACH // largest) if largest else 1
    shown = np.clip(GREY + factor * change.astype(np.int32), 0, 255).astype(np.uint8)
    return Image.fromarray(shown), factor


Role = Literal["example", "chosen", "photograph", "other", "grid"]
DISPLAY: dict[Role, int] = {"example": 224, "chosen": 192, "photograph": 128, "other": 128, "grid": 128}
"""Longest side on the page, in CSS pixels."""
PIXELATED = 128
"""Pictures shorter than this are kept whole and enlarged by whole factors without smoothing."""
LOSSLESS = 48
"""Up to this side WebP's halved colour resolution shows, and lossless costs little."""
SAMPLE = 64
"""How many pictures are encoded to find the quality that fits."""
PREFIX = "data:image/webp;base64,"

Rung = dict[Role, tuple[int, int]]
LADDER: tuple[Rung, ...] = tuple(
    dict(zip(DISPLAY, rung, strict=True))
    for rung in (
        ((256, 90), (256, 80), (192, 75), (192, 75), (192, 75)),
        ((224, 88), (192, 75), (160, 68), (160, 68), (160, 68)),
        ((224, 88), (192, 65), (128, 60), (128, 58), (128, 58)),
        ((224, 85), (192, 60), (128, 55), (112, 52), (112, 52)),
        ((192, 85), (176, 55), (112, 50), (96, 48), (96, 48)),
        ((160, 80), (160, 50), (96, 45), (80, 45), (80, 45)),
        ((128, 75), (128, 45), (80, 40), (64, 40), (64, 40)),
        ((112, 60), (112, 40), (64, 30), (48, 30), (48, 30)),
    )
)
"""Role → (longest side, WebP quality), best first."""


@dataclass(frozen=True)
class Difference:
    """The magnified difference of two pictures of the run, as a picture of its own."""

    before: str
    after: str


Source = str | Difference
"""A file of the run, or what is drawn from two."""


@dataclass(frozen=True)
class Thumbnail:
    """A picture as the page refers to it."""

    key: int
    width: int
    """CSS pixels."""
    height: int
    pixelated: bool


class Thumbnails:
    """The pictures that a page shows; one that is shown in several places is encoded once, for the largest.

    `wanted` are all (source, role) pairs the page will ask for. OutputError where a file is missing, is no
    PNG, or lies outside the run directory.
    """

    def __init__(self, run_dir: Path, wanted: Iterable[tuple[Source, Role]]) -> None:
        self._root = run_dir.resolve()
        roles: dict[Source, Role] = {}
        ranks = list(DISPLAY)
        for source, role in wanted:
            known = roles.get(source, role)
            roles[source] = min(known, role, key=ranks.index)
        self._jobs = sorted(roles.items(), key=lambda job: _name(job[0]))
        self._keys = {source: key for key, (source, _) in enumerate(self._jobs)}
        self._sizes = [self._size(source) for source, _ in self._jobs]

    def get(self, source: Source, role: Role) -> Thumbnail:
        """Key and size on the page of one of the wanted pictures."""
        key = self._keys[source]
        width, height = self._sizes[key]
        longest = max(width, height)
        if longest < PIXELATED:
            factor = max(1, DISPLAY[role] // longest)
            return Thumbnail(key, width * factor, height * factor, pixelated=True)
        width, height = _scaled((width, height), DISPLAY[role] / longest)
        return Thumbnail(key, width, height, pixelated=False)

    def factor(self, difference: Difference) -> int:
        """How many times a difference is magnified."""
        return self._magnified(difference)[1]

    def encode(self, budget: int) -> list[str]:
        """Per key the base64 of its WebP file, at the best quality at which all fit `budget` bytes."""
        rung = self._affordable(budget)
        # Pillow decodes and encodes without holding the interpreter lock.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(lambda job: self._encode(job[0], job[1], rung), self._jobs))

    def _affordable(self, budget: int) -> Rung:
        # By hash: every k-th file would always meet the same restart.
        sample = sorted(self._jobs, key=lambda job: hashlib.sha256(_name(job[0]).encode()).digest())[:SAMPLE]
        for rung in LADDER:
            size = sum(len(self._encode(*job, rung)) for job in sample)
            if size * len(self._jobs) <= budget * len(sample):
                return rung
        return LADDER[-1]

    def _encode(self, source: Source, role: Role, rung: Rung) -> str:
        picture = self._magnified(source)[0] if isinstance(source, Difference) else self._open(source)
        longest = max(picture.size)
        if longest < PIXELATED:
            return _webp(picture, quality=85, lossless=longest <= LOSSLESS)
        side, quality = rung[role]
        if side < longest:
            picture = picture.resize(_scaled(picture.size, side / longest), Image.Resampling.LANCZOS)
        return _webp(picture, quality=quality, lossless=False)

    def _magnified(self, difference: Difference) -> tuple[Image.Image, int]:
        try:
            return magnified(self._open(difference.before), self._open(difference.after))
        except ValueError as error:
            raise OutputError(
                f"{difference.after!r}: {error}", where=str(self._root), fix="run again with --fresh"
            ) from error

    def _size(self, source: Source) -> tuple[int, int]:
        if isinstance(source, Difference):
            return self._magnified(source)[0].size
        return self._open(source, decode=False).size

    def _open(self, file: str, *, decode: bool = True) -> Image.Image:
        path = (self._root / file).resolve()
        where, fix = str(self._root), "run again with --fresh"
        if not path.is_relative_to(self._root):
            raise OutputError(
                f"expected a picture inside the run directory, got {file!r}", where=where, fix=fix
            )
        try:
            with Image.open(path, formats=("PNG",)) as opened:
                return opened.convert("RGB") if decode else opened
        except OSError as error:
            raise OutputError(f"expected a PNG at {file!r}: {error}", where=where, fix=fix) from error


def _name(source: Source) -> str:
    return source if isinstance(source, str) else f"{source.after}\0{source.before}"


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _webp(picture: Image.Image, *, quality: int, lossless: bool) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, lossless=lossless, method=4)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
