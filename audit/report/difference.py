"""What an attack changed, made visible: the difference of two pictures, magnified around grey."""

import numpy as np
from PIL import Image

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
