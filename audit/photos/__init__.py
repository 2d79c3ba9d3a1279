"""Natural photographs on exactly the classifier's preprocessing."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.photos.photoset import Entry, PhotoSet
    from audit.photos.reading import Read, UnusableError, open_upright, prepare, read, require_usable
    from audit.photos.scanning import scan

__all__ = [
    "Entry",
    "PhotoSet",
    "Read",
    "UnusableError",
    "open_upright",
    "prepare",
    "read",
    "require_usable",
    "scan",
]

_HOMES = {"Entry": "photoset", "PhotoSet": "photoset", "scan": "scanning", "require_usable": "reading"}


def __getattr__(name: str) -> Any:
    # Late: that the folder is there is told without torch.
    if name not in __all__:
        raise AttributeError(f"module 'audit.photos' has no attribute {name!r}")
    return getattr(importlib.import_module(f"audit.photos.{_HOMES.get(name, 'reading')}"), name)
