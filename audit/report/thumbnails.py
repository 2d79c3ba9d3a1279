"""Pictures of the run as small data URIs, sized so that a page of a thousand classes fits its budget."""

import base64
import hashlib
import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from audit.errors import OutputError

Role = Literal["chosen", "other", "grid"]
DISPLAY: dict[Role, int] = {"chosen": 192, "other": 120, "grid": 120}
"""Longest side on the page, in CSS pixels."""
PIXELATED = 128
"""Pictures shorter than this are kept whole and enlarged by whole factors without smoothing."""
LOSSLESS = 48
"""Up to this side WebP's halved colour resolution shows, and lossless costs little."""
BUDGET = 13 * 2**20
"""Bytes of all data URIs together."""
SAMPLE = 64
"""How many pictures are encoded to find the quality that fits."""

Rung = dict[Role, tuple[int, int]]
LADDER: tuple[Rung, ...] = (
    {"chosen": (192, 75), "other": (192, 70), "grid": (192, 70)},
    {"chosen": (192, 65), "other": (128, 60), "grid": (128, 55)},
    {"chosen": (192, 62), "other": (112, 55), "grid": (112, 52)},
    {"chosen": (192, 60), "other": (96, 50), "grid": (96, 50)},
    {"chosen": (160, 55), "other": (80, 50), "grid": (80, 50)},
    {"chosen": (128, 50), "other": (64, 40), "grid": (72, 40)},
    {"chosen": (112, 40), "other": (48, 30), "grid": (64, 30)},
)
"""Role → (longest side, WebP quality), best first."""


@dataclass(frozen=True)
class Thumbnail:
    """A picture ready for `<img>`."""

    src: str
    """data: URI."""
    width: int
    """CSS pixels."""
    height: int
    pixelated: bool


class Thumbnails:
    """Encodes pictures of one run directory at the best quality that fits the budget.

    `wanted` are all (file, role) pairs the page will ask for; a sample of them decides on the quality.
    OutputError where a file is missing, is no PNG, or lies outside the run directory.
    """

    def __init__(self, run_dir: Path, wanted: Iterable[tuple[str, Role]], budget: int = BUDGET) -> None:
        self._root = run_dir.resolve()
        roles: dict[str, set[Role]] = {}
        for file, role in wanted:
            roles.setdefault(file, set()).add(role)
        jobs = [(file, sorted(needed)) for file, needed in sorted(roles.items())]
        rung = self._affordable(jobs, budget)
        # Pillow decodes and encodes without holding the interpreter lock.
        with ThreadPoolExecutor() as pool:
            tasks = {file: pool.submit(self._encode, file, needed, rung) for file, needed in jobs}
            self._all = {file: task.result() for file, task in tasks.items()}

    def get(self, file: str, role: Role) -> Thumbnail:
        """One of the wanted thumbnails."""
        return self._all[file][role]

    def _affordable(self, jobs: list[tuple[str, list[Role]]], budget: int) -> Rung:
        # By hash: every k-th file would always meet the same restart.
        sample = sorted(jobs, key=lambda job: hashlib.sha256(job[0].encode()).digest())[:SAMPLE]
        for rung in LADDER:
            shown = [self._encode(file, roles, rung) for file, roles in sample]
            size = sum(len(thumbnail.src) for by_role in shown for thumbnail in by_role.values())
            if size * len(jobs) <= budget * len(sample):
                return rung
        return LADDER[-1]

    def _encode(self, file: str, roles: list[Role], rung: Rung) -> dict[Role, Thumbnail]:
        picture = self._open(file)
        return {role: _thumbnail(picture, role, rung) for role in roles}

    def _open(self, file: str) -> Image.Image:
        path = (self._root / file).resolve()
        where, fix = str(self._root), "run again with --fresh"
        if not path.is_relative_to(self._root):
            raise OutputError(
                f"expected a picture inside the run directory, got {file!r}", where=where, fix=fix
            )
        try:
            with Image.open(path, formats=("PNG",)) as opened:
                return opened.convert("RGB")
        except OSError as error:
            raise OutputError(f"expected a PNG at {file!r}: {error}", where=where, fix=fix) from error


def _thumbnail(picture: Image.Image, role: Role, rung: Rung) -> Thumbnail:
    longest = max(picture.size)
    if longest < PIXELATED:
        factor = max(1, DISPLAY[role] // longest)
        src = _webp(picture, quality=85, lossless=longest <= LOSSLESS)
        return Thumbnail(src, picture.width * factor, picture.height * factor, pixelated=True)
    side, quality = rung[role]
    if side < longest:
        picture_size = _scaled(picture.size, side / longest)
        picture = picture.resize(picture_size, Image.Resampling.LANCZOS)
    width, height = _scaled(picture.size, DISPLAY[role] / max(picture.size))
    return Thumbnail(_webp(picture, quality=quality, lossless=False), width, height, pixelated=False)


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _webp(picture: Image.Image, *, quality: int, lossless: bool) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, lossless=lossless, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
