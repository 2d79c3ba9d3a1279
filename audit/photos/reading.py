"""From photographs' files to the images that the classifier sees, on exactly its evaluation transform.

Upright → grey where the network takes one channel → resized → centre crop → 8 bits.
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
from audit.images.safe_open import PIXELS, UNREADABLE, UnusableError, opened, upright
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
    enlarged: frozenset[int] = frozenset()
    """Indices of those that were enlarged."""


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

    `input.resize` is what `Resize` is given, a number or height and width; None resizes straight to the
    input's height and width. One channel is torchvision's `Grayscale`, before resizing.

    Raises:
        UnusableError: the image would have to be enlarged, which changes its statistics, and `input.enlarge`
            does not ask for it.
        PreprocessingError: the network takes neither one nor three channels.
    """
    if input.channels not in (1, 3):
        raise PreprocessingError(
            f"photographs have one or three channels, the network takes {input.channels}",
            fix="leave --images out, and --counterexamples",
        )
    if not input.enlarge and too_small(image, input):
        raise UnusableError(_under(input))
    if input.channels == 1:
        image = image.convert("L")
    if isinstance(input.resize, int):
        _bounded(image, input.resize)
        image = shorter_side_to(image, input.resize, input.interpolation)
    else:
        height, width = input.least
        if image.size != (width, height):
            image = image.resize((width, height), RESAMPLING[input.interpolation])
    image = centre_crop(image, input.height, input.width)
    pixels = np.array(image)
    return torch.from_numpy(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1).copy())


def too_small(image: Image.Image, input: Preprocessing) -> bool:
    """Whether an image has to be enlarged on its way to the network."""
    height, width = input.least
    return image.width < width or image.height < height


def _bounded(image: Image.Image, side: int) -> None:
    """Refuse a strip that would be enlarged beyond what is decoded at most."""
    if max(image.size) * side * side > PIXELS * min(image.size) and min(image.size) < side:
        raise UnusableError(TOO_NARROW)


def read(entries: Sequence[Entry], input: Preprocessing) -> Read:
    """Decode and prepare photographs, several at a time; those that cannot be used are named.

    Raises:
        ImageError: a file is gone, or is not the one that was listed.
        PreprocessingError: see `prepare`.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda entry: _read_one(entry, input), entries))
    images = [image for image, _ in (result for result in results if not isinstance(result, str))]
    pairs = list(zip(entries, results, strict=True))
    empty = torch.zeros(0, input.channels, input.height, input.width)
    return Read(
        images=torch.stack(images).float() / 255 if images else empty,
        indices=[entry.index for entry, result in pairs if not isinstance(result, str)],
        skipped={entry.index: result for entry, result in pairs if isinstance(result, str)},
        enlarged=frozenset(
            entry.index for entry, result in pairs if not isinstance(result, str) and result[1]
        ),
    )


def _read_one(entry: Entry, input: Preprocessing) -> tuple[Tensor, bool] | str:
    """The image and whether it was enlarged, or why there is none."""
    try:
        with opened(entry.path) as file:
            # Hashed and decoded through one handle: what is used is what was listed.
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise _changed(entry, "its content changed")
            file.seek(0)
            image = upright(file)
            return prepare(image, input), too_small(image, input)
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


TOO_NARROW = "too narrow to be enlarged"
TOO_SMALL = "too small"
"""How the reason of a photograph begins that would have to be enlarged."""


def _under(input: Preprocessing) -> str:
    if isinstance(input.resize, int):
        return f"{TOO_SMALL} (shorter side under {input.resize} px)"
    height, width = input.least
    return f"{TOO_SMALL} (under {width} x {height} px)"


# Photographs none of which can be used are said to be so before anything is computed.

BATCH = 16
"""Photographs tried at once: where the first batch holds a usable one, no more are read."""


def require_usable(photos: PhotoSet, input: Preprocessing, flag: str = "--images") -> None:
    """Read photographs until one can be used; `flag` is what gave them.

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
    height, width = input.least
    side = f"{input.resize} px" if isinstance(input.resize, int) else f"{height} x {width} px"
    wanted = "photographs" if input.enlarge else f"photographs of {side} or more"
    small = any(reason.startswith(TOO_SMALL) for reason in reasons)
    raise ImageError(
        f"expected {wanted}, none of {photos.found} can be used ({why})",
        where=photos.source,
        fix="add --enlarge if the network was trained on enlarged photographs, or give larger ones with "
        f"{flag}"
        if small
        else f"give others with {flag}, or leave it out",
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
