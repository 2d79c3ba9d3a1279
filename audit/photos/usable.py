"""Photographs none of which can be used are said to be so before anything is computed."""

from collections import Counter

from audit.errors import ImageError
from audit.photos.photoset import PhotoSet
from audit.photos.reading import read
from audit.results import InputPath

BATCH = 16
"""Photographs tried at once: where the first batch holds a usable one, no more are read."""


def require_usable(photos: PhotoSet, input: InputPath) -> None:
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
