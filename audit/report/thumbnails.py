"""Pictures of the run as small data URIs, sized so that a page of a thousand classes stays within its budget."""

import base64
import io
from collections.abc import Iterable
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
BUDGET = 14 * 2**20
"""Bytes of all data URIs together."""

Rung = dict[Role, tuple[int, int]]
LADDER: tuple[Rung, ...] = (
    {"chosen": (192, 75), "other": (192, 70), "grid": (192, 70)},
    {"chosen": (192, 65), "other": (128, 60), "grid": (128, 55)},
    {"chosen": (192, 60), "other": (96, 55), "grid": (96, 55)},
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
    """

    def __init__(self, run_dir: Path, wanted: Iterable[tuple[str, Role]], budget: int = BUDGET) -> None:
        self._root = run_dir.resolve()
        pairs = sorted(set(wanted))
        sample = pairs[:: max(1, len(pairs) // 48)]
        self._rung = LADDER[-1]
        for rung in LADDER:
            size = sum(len(self._encode(file, role, rung).src) for file, role in sample)
            if size * len(pairs) <= budget * len(sample):
                self._rung = rung
                break

    def get(self, file: str, role: Role) -> Thumbnail:
        """The thumbnail of a file inside the run directory; OutputError where it is missing or no picture."""
        return self._encode(file, role, self._rung)

    def _encode(self, file: str, role: Role, rung: Rung) -> Thumbnail:
        path = (self._root / file).resolve()
        if not path.is_relative_to(self._root):
            raise OutputError(
                f"expected a picture inside the run directory, got {file!r}",
                where=str(self._root),
                fix="run again with --fresh",
            )
        try:
            with Image.open(path, formats=("PNG",)) as opened:
                picture = opened.convert("RGB")
        except OSError as error:
            raise OutputError(
                f"expected a PNG at {file!r}: {error}", where=str(self._root), fix="run again with --fresh"
            ) from error
        longest = max(picture.size)
        if longest < PIXELATED:
            factor = max(1, DISPLAY[role] // longest)
            lossless = longest <= LOSSLESS
            src = _webp(picture, quality=85, lossless=lossless)
            return Thumbnail(src, picture.width * factor, picture.height * factor, pixelated=True)
        side, quality = rung[role]
        shown = DISPLAY[role] / longest
        width, height = max(1, round(picture.width * shown)), max(1, round(picture.height * shown))
        if side < longest:
            scale = side / longest
            size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return Thumbnail(_webp(picture, quality=quality, lossless=False), width, height, pixelated=False)


def _webp(picture: Image.Image, *, quality: int, lossless: bool) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, lossless=lossless, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
