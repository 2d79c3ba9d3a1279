"""From a photograph's file to upright pixels: 8 bits, RGB.

Transparency is dropped and not laid on a colour, as torchvision's `pil_loader` does: that is what a network
saw when it was trained and evaluated.
"""

import os
import stat
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Rasters only: no format of Pillow that starts another program (EPS) or holds instructions (WMF, PDF)."""
PIXELS = 50_000_000
"""Most pixels that are decoded: 400 MB while a picture is turned upright."""
DEEP = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
"""Modes of Pillow for one channel of 16 bits, whose own conversion to 8 bits may clip."""

UNREADABLE = "unreadable"
TOO_LARGE = f"too large (over {PIXELS // 10**6} million pixels)"
TOO_DEEP = "not 8 or 16 bits per channel"
NO_FILE = "not a file"


class UnusableError(Exception):
    """A photograph that cannot be used."""

    def __init__(self, reason: str) -> None:
        """`reason` is one of few, in words: reasons are counted."""
        self.reason = reason
        super().__init__(reason)


@contextmanager
def opened(path: Path) -> Generator[BufferedReader]:
    """The file for reading; never waits, whatever stands there.

    Raises:
        UnusableError: it is a folder, a pipe or a device.
        OSError: it cannot be opened.
    """
    # A pipe without writer would block in open(); without waiting, fstat tells what it is.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableError(NO_FILE)
    with open(descriptor, "rb") as file:
        yield file


def upright(file: BinaryIO) -> Image.Image:
    """The picture in `file`: RGB, 8 bits, turned by its EXIF orientation; of an animation the first frame.

    16 bits keep their upper eight. A JPEG beyond `PIXELS` is decoded at 1/2, 1/4 or 1/8 of its sides, the
    largest that fits; other formats beyond it are refused unread.

    Raises:
        UnusableError: not a picture, damaged, too large, or 32 bits deep.
    """
    try:
        with _quiet(), _open(file) as picture:
            _bound(picture)
            return _eight_bits(ImageOps.exif_transpose(picture)).convert("RGB")
    except UnusableError:
        raise
    except Image.DecompressionBombError as error:
        raise UnusableError(TOO_LARGE) from error
    except Exception as error:  # a damaged file makes decoders raise nearly anything
        raise UnusableError(UNREADABLE) from error


def _open(file: BinaryIO) -> Image.Image:
    try:
        return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        # Pillow refuses by the size in the header, though a JPEG can be decoded smaller.
        file.seek(0)
        if file.read(3) != b"\xff\xd8\xff":
            raise
        file.seek(0)
        return JpegImageFile(file)


def _bound(picture: Image.Image) -> None:
    """Keep what will be decoded within `PIXELS`."""
    width, height = picture.size
    if width * height <= PIXELS:
        return
    # A progressive JPEG holds all its coefficients in memory at full size, whatever size is decoded.
    if isinstance(picture, JpegImageFile) and not picture.info.get("progressive"):
        for scale in (2, 4, 8):
            if -(-width // scale) * -(-height // scale) <= PIXELS:
                picture.draft(None, (width // scale, height // scale))
                return
    raise UnusableError(TOO_LARGE)


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode == "F":
        raise UnusableError(TOO_DEEP)
    if picture.mode not in DEEP:
        return picture  # Pillow keeps the upper eight bits of several channels by itself
    values = np.asarray(picture).astype(np.int64)
    if picture.mode == "I" and (values.min() < 0 or values.max() > 0xFFFF):
        raise UnusableError(TOO_DEEP)
    return Image.fromarray((values >> (_bits(picture) - 8)).astype(np.uint8))


def _bits(picture: Image.Image) -> int:
    """Bits of a deep picture; a TIFF may hold 12."""
    tags: Any = getattr(picture, "tag_v2", None) or {}
    return int(tags.get(258, (16,))[0])


_guard = threading.Lock()
_inside: dict[str, Any] = {"count": 0}


@contextmanager
def _quiet() -> Generator[None]:
    """Silence Pillow's warnings (damaged metadata, big pictures): such pictures are used all the same.

    Warning filters belong to the process: the first thread that enters changes them, the last one to leave
    puts them back.
    """
    with _guard:
        if _inside["count"] == 0:
            _inside["saved"] = warnings.catch_warnings()
            _inside["saved"].__enter__()
            warnings.simplefilter("ignore")
        _inside["count"] += 1
    try:
        yield
    finally:
        with _guard:
            _inside["count"] -= 1
            if _inside["count"] == 0:
                _inside.pop("saved").__exit__(None, None, None)
