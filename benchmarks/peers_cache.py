"""What a system drew, kept as it goes: a .npz of pictures and a .json of figures for each piece of work."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from audit.image_stats import to_uint8_grid

SIDE = 224


@dataclass(frozen=True)
class Piece:
    """Pictures of some classes at some checkpoints, and what they cost until then."""

    classes: list[int]
    checkpoints: list[int]
    """In the system's own unit: steps, or views."""
    seconds: np.ndarray
    """`[checkpoints, classes]`, cumulative for a system that goes on."""
    views: np.ndarray
    """The same in forward and backward image-views of 224 px."""
    pictures: dict[str, np.ndarray]
    """Variant → 8-bit RGB `[checkpoints, classes, 3, 224, 224]`."""

    def images(self, variant: str) -> Tensor:
        """float32 `[checkpoints, classes, 3, 224, 224]` in [0, 1]."""
        return torch.from_numpy(self.pictures[variant]).float() / 255


def cached(folder: Path, name: str, key: dict[str, object], work: Callable[[], Piece] | None) -> Piece | None:
    """The piece in `folder`; where it is missing or was made under another `key`, that of `work`, saved.

    With no `work` whatever is there counts, and None says that nothing is.
    """
    figures, pictures = folder / f"{name}.json", folder / f"{name}.npz"
    if figures.is_file() and pictures.is_file():
        found = json.loads(figures.read_text())
        if work is None or found["key"] == json.loads(json.dumps(key)):
            with np.load(pictures) as arrays:
                loaded = {variant: arrays[variant] for variant in arrays.files}
            return Piece(
                found["classes"],
                found["checkpoints"],
                np.array(found["seconds"]),
                np.array(found["views"]),
                loaded,
            )
    if work is None:
        return None
    piece = work()
    folder.mkdir(parents=True, exist_ok=True)
    # Figures last, and moved into place: an interrupted save leaves no piece that looks whole.
    figures.unlink(missing_ok=True)
    np.savez_compressed(pictures, **piece.pictures)
    record = {
        "key": key,
        "classes": piece.classes,
        "checkpoints": piece.checkpoints,
        "seconds": piece.seconds.tolist(),
        "views": piece.views.tolist(),
    }
    partial = figures.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1))
    partial.rename(figures)
    return piece


def as_looked_at(image: Tensor) -> np.ndarray:
    """A picture `[3, h, w]` in [0, 1] as a file would hold it, then at 224 px: uint8 `[3, 224, 224]`."""
    file = to_uint8_grid(image.detach().float().clamp(0, 1)[None])
    if file.shape[-2:] != (SIDE, SIDE):
        file = to_uint8_grid(F.interpolate(file, (SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1))
    return (file[0] * 255).round().byte().numpy()
