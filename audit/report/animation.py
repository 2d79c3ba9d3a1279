"""Frames as files: PNG each, and of them a GIF, a WebP or an MP4 that repeats for ever."""

import io
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from PIL import Image

from audit.errors import OutputError
from audit.files import write_whole

Kind = Literal["gif", "webp", "mp4", "frames"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MILLISECONDS = 80
"""Of one frame: GIF counts in hundredths of a second, and browsers slow down anything under two."""
COLOURS = 256
QUALITY = 85
CRF = "18"
"""Of x264: nobody sees a difference."""


def require(kind: str) -> Kind:
    """The kind of file if it can be made here; OutputError with the fix if not."""
    if kind not in KINDS:
        raise OutputError(
            f"expected one of {', '.join(KINDS)}, got {kind!r}", where="--save", fix="--save gif"
        )
    if kind == "mp4" and shutil.which("ffmpeg") is None:
        raise OutputError(
            "MP4 needs the program ffmpeg, which is not on the path",
            where="--save mp4",
            fix="install ffmpeg, or --save gif or webp",
        )
    return kind


def animate(frames: Sequence[Path], file: Path, kind: Kind, *, back: bool = False) -> Path:
    """Write `frames`, PNG files of one size named by number from 0000.png on, as one file.

    `back` plays them backwards again, so that the end meets the beginning. The same frames give the same
    bytes. OutputError where the file cannot be written.
    """
    order = [*frames, *frames[-2:0:-1]] if back else list(frames)
    if kind == "mp4":
        return _film(order, file)
    options: dict[str, Any] = {"save_all": True, "duration": MILLISECONDS, "loop": 0}
    pictures = [_opened(path, kind) for path in order]
    if kind == "webp":
        options |= {"quality": QUALITY, "method": 4}
    else:
        options |= {"optimize": False, "disposal": 1}
    buffer = io.BytesIO()
    pictures[0].save(buffer, kind.upper(), append_images=pictures[1:], **options)
    write_whole(file, buffer.getvalue())
    return file


def _opened(path: Path, kind: Kind) -> Image.Image:
    with Image.open(path, formats=["PNG"]) as picture:
        picture.load()
        if kind == "gif":
            # A palette for each frame, and errors spread over neighbours: skies show no bands.
            return picture.convert("RGB").quantize(
                COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG
            )
        return picture.convert("RGB")


def _film(order: Sequence[Path], file: Path) -> Path:
    """By ffmpeg, the frames through its input."""
    command = [
        "ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "image2pipe", "-c:v", "png",
        "-framerate", f"{1000 / MILLISECONDS:g}", "-i", "-",
        "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", CRF, "-pix_fmt", "yuv420p",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", f"./{file.name}",
    ]  # fmt: skip
    film = b"".join(path.read_bytes() for path in order)
    file.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, input=film, capture_output=True, cwd=file.parent)
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise OutputError(f"ffmpeg failed ({last[:200]})", where=str(file), fix="--save gif or webp")
    return file
