"""Natural photographs on exactly the classifier's input path."""

from audit.photos.photoset import Entry, PhotoSet
from audit.photos.reading import Read, UnusableError, open_upright, prepare, read
from audit.photos.scanning import scan
from audit.photos.usable import require_usable

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
