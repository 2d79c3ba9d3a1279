"""Settings of numpy and Pillow; both have to be loaded."""

import functools
from collections.abc import Callable
from typing import Any

from audit.isolation.setting import AS_IT_IS, Setting, attribute

PIXELS = 1024 * 1024 * 1024 // 4 // 3
"""Pillow's own limit, above which it warns of a decompression bomb."""


def numpy_state() -> list[Setting]:
    """What happens at overflow, and the global random numbers."""
    import numpy as np

    errors = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    read: Callable[[], Any] = functools.partial(np.random.get_state, legacy=False)
    # A caller may have put another generator in place of this one; its state would not fit.
    seeded = _seeded() if read()["bit_generator"] == _seeded()["bit_generator"] else AS_IT_IS
    return [
        Setting(np.geterr, lambda value: void(np.seterr(**value)), errors),
        Setting(read, np.random.set_state, seeded, same=lambda one, other: False),  # they hold arrays
    ]


def pillow_state() -> list[Setting]:
    """Which photographs are refused: truncated ones, and very large ones."""
    from PIL import Image, ImageFile

    return [
        attribute(ImageFile, "LOAD_TRUNCATED_IMAGES", False),
        attribute(Image, "MAX_IMAGE_PIXELS", PIXELS),
    ]


def void(_: object) -> None:
    """For setters that give something."""


@functools.cache
def _seeded() -> Any:
    import numpy as np

    return np.random.RandomState(0).get_state(legacy=False)
