"""From photographs' files to the images that the classifier sees, on exactly its evaluation transform.

Upright → grey where the network takes one channel → shorter side to `resize` → centre crop → 8 bits.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from audit.errors import ImageError, PreprocessingError
from audit.images.crop import RESAMPLING, centre_crop, shorter_side_to
from audit.images.safe_open import UNREADABLE, UnusableError, opened, upright
from audit.photos.photoset import Entry, PhotoSet
from audit.records import Preprocessing

__all__ = ["Read", "UnusableError", "open_upright", "prepare", "read"]

THREADS = min(4, os.cpu_count() or 1)
"""Photographs decoded at once; the largest takes 400 MB."""


@dataclass(frozen=True)
class Read:
    """Photographs as the classifier takes them."""

    images: Tensor
    """float32 [n, c, h, w] in [0, 1], on the 8-bit grid."""
    indices: list[int]
    """Of each image: index of its entry, in the order asked for."""
    skipped: dict[int, str]
    """Index → reason in words."""


def open_upright(path: Path) -> Image.Image:
    """The photograph in RGB, 8 bits, upright; see `audit.images.safe_open.upright`.

    Raises:
        UnusableError: it cannot be opened or decoded, or is too large.
    """
    try:
        with opened(path) as file:
            return upright(file)
    except OSError as error:
        raise UnusableError(UNREADABLE) from error


def prepare(image: Image.Image, input: Preprocessing) -> Tensor:
    """An RGB image as uint8 `[c, h, w]`: torchvision's `Resize` and `CenterCrop` to the last bit.

    `input.resize` None resizes straight to the input's height and width. One channel is torchvision's
    `Grayscale`, before resizing.

    Raises:
        UnusableError: the image would have to be enlarged, which changes its statistics.
        PreprocessingError: the network takes neither one nor three channels.
    """
    if input.channels not in (1, 3):
        raise PreprocessingError(
            f"photographs have one or three channels, the network takes {input.channels}",
            fix="leave --images out",
        )
    lowest = (input.width, input.height) if input.resize is None else (input.resize, input.resize)
    if image.width < lowest[0] or image.height < lowest[1]:
        raise UnusableError(_too_small(input))
    if input.channels == 1:
        image = image.convert("L")
    if input.resize is not None:
        image = shorter_side_to(image, input.resize, input.interpolation)
        image = centre_crop(image, input.height, input.width)
    elif image.size != (input.width, input.height):
        image = image.resize((input.width, input.height), RESAMPLING[input.interpolation])
    pixels = np.array(image)
    return torch.from_numpy(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1).copy())


def read(entries: Sequence[Entry], input: Preprocessing) -> Read:
    """Decode and prepare photographs, several at a time; those that cannot be used are named.

    Raises:
        ImageError: a file is gone, or is not the one that was listed.
        PreprocessingError: see `prepare`.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda entry: _read_one(entry, input), entries))
    images = [result for result in results if isinstance(result, Tensor)]
    pairs = list(zip(entries, results, strict=True))
    empty = torch.zeros(0, input.channels, input.height, input.width)
    return Read(
        images=torch.stack(images).float() / 255 if images else empty,
        indices=[entry.index for entry, result in pairs if isinstance(result, Tensor)],
        skipped={entry.index: result for entry, result in pairs if isinstance(result, str)},
    )


def _read_one(entry: Entry, input: Preprocessing) -> Tensor | str:
    """The image, or why there is none."""
    try:
        with opened(entry.path) as file:
            # Hashed and decoded through one handle: what is used is what was listed.
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise _changed(entry, "its content changed")
            file.seek(0)
            return prepare(upright(file), input)
    except UnusableError as error:
        return error.reason
    except OSError as error:
        raise _changed(entry, error.strerror or "it cannot be read") from error


def _changed(entry: Entry, how: str) -> ImageError:
    return ImageError(
        f"the photograph is not as it was when the folder was listed ({how})",
        where=entry.name,
        fix="repeat the command: it lists the folder again, and keeps what still holds",
    )


def _too_small(input: Preprocessing) -> str:
    if input.resize is None:
        return f"too small (under {input.width} x {input.height} px)"
    return f"too small (shorter side under {input.resize} px)"


# Photographs none of which can be used are said to be so before anything is computed.

BATCH = 16
"""Photographs tried at once: where the first batch holds a usable one, no more are read."""


def require_usable(photos: PhotoSet, input: Preprocessing) -> None:
    """Read photographs until one can be used.

    Raises:
        ImageError: none can; says why not, the commonest reason first.
    """
    reasons = Counter(photos.skipped)
    first = photos.even(BATCH)
    order = [*first, *sorted(set(range(len(photos.entries))) - set(first))]
    for start in range(0, len(order), BATCH):
        found = read([photos.entries[i] for i in order[start : start + BATCH]], input)
        if found.indices:
            return
        reasons.update(found.skipped.values())
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    side = f"{input.height} x {input.width} px" if input.resize is None else f"{input.resize} px"
    raise ImageError(
        f"expected photographs of {side} or more, none of {photos.found} can be used ({why})",
        where=photos.source,
        fix="give others with --images, or leave it out",
    )


# A whole photograph at its own proportions, uncropped: for what is shown and not measured.

ASPECT = 8.0
"""Longest photograph: so many times as long as wide, so that a strip is not enlarged without bound."""


def whole(path: Path, channels: int, longest: int, shortest: int) -> Tensor:
    """A photograph, upright, as float32 `[1, channels, h, w]` in [0, 1], on the 8-bit grid.

    The longer side gets `longest` px, more where the shorter one would have under `shortest` px. Other than
    three channels all hold its luma.

    Raises:
        ImageError: the file cannot be used; says why.
    """
    try:
        picture = open_upright(path)
    except UnusableError as error:
        raise ImageError(
            f"cannot use this photograph ({error.reason})", where=str(path), fix="give a JPEG or PNG"
        ) from error
    width, height = picture.size
    if max(picture.size) > ASPECT * min(picture.size):
        raise ImageError(
            f"expected sides of at most {ASPECT:g} to 1, got {width} x {height} px",
            where=str(path),
            fix="crop it",
        )
    scale = max(longest / max(picture.size), shortest / min(picture.size))
    if channels != 3:
        picture = picture.convert("L")
    if scale != 1:
        sides = (max(shortest, round(width * scale)), max(shortest, round(height * scale)))
        picture = picture.resize(sides, Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture)).float() / 255
    if pixels.ndim == 3:
        return pixels.permute(2, 0, 1)[None].contiguous()
    return pixels.expand(1, channels, -1, -1).contiguous()
