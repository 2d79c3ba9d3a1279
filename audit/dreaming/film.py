"""The frames of a zoom, written as they are dreamt, and the files made of them."""

import math
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from audit.dreaming.ascent import DreamSettings
from audit.dreaming.color_transfer import Tone
from audit.errors import OutputError
from audit.files import write_whole
from audit.image_stats import to_uint8_grid
from audit.images.png import png
from audit.report.animation import Kind, animate
from audit.report.sheet import Shown

# A picture fed back to the network, enlarged a little each time: the endless dream.


def magnified(picture: Tensor, factor: float, degrees: float) -> Tensor:
    """A picture `[1, c, h, w]` enlarged by `factor` and turned about its centre, in one bicubic resampling.

    What stands at v (x to the right, y down, from the centre) stands at factor · R(degrees) v afterwards;
    positive angles turn counterclockwise as seen. Beyond the border stands its reflection.
    """
    height, width = picture.shape[-2:]
    cos, sin = math.cos(math.radians(degrees)) / factor, math.sin(math.radians(degrees)) / factor
    # From the new place to the old one; coordinates run from -1 to 1 along each side, whatever its length.
    aspect = height / width
    map = torch.tensor([[[cos, -sin * aspect, 0.0], [sin / aspect, cos, 0.0]]], device=picture.device)
    grid = F.affine_grid(map.to(picture.dtype), list(picture.shape), align_corners=False)
    moved = F.grid_sample(picture, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
    return moved.clamp(0, 1)


def journey(
    first: Tensor, frames: int, factor: float, degrees: float, dream: Callable[[Tensor, int], Tensor]
) -> Generator[Tensor]:
    """`frames` pictures `[1, c, h, w]` in [0, 1]: the first, then each dreamt from the one before, enlarged.

    `dream(picture, i)` makes frame i of it. Mean and covariance of the colours stay those of the first frame:
    an error of a per cent each time would be a factor of two after seventy.
    """
    tone, picture = Tone.of(first), first
    yield picture
    for number in range(1, frames):
        picture = tone.given_to(dream(magnified(picture, factor, degrees), number))
        yield picture


STRIP = 6
"""Frames on the page."""
SHARE = 0.3
"""Of a whole dream's steps, in each frame after the first: it has been dreamt on before."""


@dataclass(frozen=True)
class ZoomSettings:
    """The way through the dream."""

    frames: int
    factor: float = 1.05
    """By which each frame is larger than the one before."""
    degrees: float = 0.5
    """By which it is turned, counterclockwise."""
    save: Sequence[Kind] = ("gif",)
    back: bool = False
    """Whether the animation runs backwards again."""

    def each(self, settings: DreamSettings) -> DreamSettings:
        """How a frame after the first is dreamt."""
        return replace(settings, iterations=max(1, round(SHARE * settings.iterations)))


@dataclass(frozen=True)
class Made:
    """A zoom on disk."""

    files: list[Path]
    strip: list[Shown]
    """Frames evenly spread, first and last included."""
    last: Tensor
    """`[c, h, w]` on the 8-bit grid."""
    facts: dict[str, str]
    """How far the colours drifted, in words."""


def film(first: Tensor, dream: Callable[[Tensor, int], Tensor], zoom: ZoomSettings, out: Path) -> Made:
    """Dream all frames from `first` `[1, c, h, w]` on and write what `zoom.save` asks for into `out`."""
    _make(out)
    kept = "frames" in zoom.save
    shown = {round(i * (zoom.frames - 1) / (STRIP - 1)) for i in range(STRIP)}
    paths: list[Path] = []
    strip: list[Shown] = []
    drift = Drift(Tone.of(to_uint8_grid(first)))
    last = first
    # Frames go to disk at once: an hour of zoom takes no more memory than a second.
    with nullcontext(out / "frames") if kept else tempfile.TemporaryDirectory(dir=out) as folder:
        for number, frame in enumerate(journey(first, zoom.frames, zoom.factor, zoom.degrees, dream)):
            last = to_uint8_grid(frame.cpu())
            paths.append(Path(folder) / f"{number:04d}.png")
            write_whole(paths[-1], png(last[0]))
            drift.see(last)
            if number in shown:
                strip.append(Shown(last[0], f"frame {number + 1}"))
        if kept:
            _forget(out / "frames", len(paths))
        animations: list[Kind] = [kind for kind in dict.fromkeys(zoom.save) if kind != "frames"]
        files = [animate(paths, out / f"dream.{kind}", kind, back=zoom.back) for kind in animations]
    return Made([*files, *([out / "frames"] if kept else [])], strip, last[0], drift.facts())


class Drift:
    """Largest departure of the channels' mean and standard deviation from the first frame's."""

    def __init__(self, first: Tone) -> None:
        """`first` is what they are compared with."""
        self._first, self.mean, self.contrast = first, 0.0, 0.0

    def see(self, frame: Tensor) -> None:
        """Take note of a frame `[1, c, h, w]`."""
        now = Tone.of(frame)
        deviation, before = (t.covariance.diagonal().clamp(min=1e-12).sqrt() for t in (now, self._first))
        self.mean = max(self.mean, float((now.mean - self._first.mean.to(now.mean)).abs().max()) * 255)
        self.contrast = max(self.contrast, float((deviation / before.to(deviation) - 1).abs().max()))

    def facts(self) -> dict[str, str]:
        """In words."""
        return {"Drift": f"mean at most {self.mean:.1f} of 255, contrast at most {self.contrast:.1%}"}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write ({error.strerror})", where=str(folder), fix="give another --out"
        ) from error


def _forget(folder: Path, count: int) -> None:
    """Frames of an earlier, longer zoom."""
    for path in folder.glob("[0-9][0-9][0-9][0-9]*.png"):
        if path.stem.isdecimal() and int(path.stem) >= count:
            path.unlink()
