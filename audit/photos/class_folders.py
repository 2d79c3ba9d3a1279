"""Which class a folder's name means."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from audit.records import ClassLabel
from audit.text import closest

WNID = re.compile(r"n\d{8}")


class FolderNames:
    """Classes by the names that folders of photographs carry: id, name, full label, or id and name."""

    def __init__(self, classes: Sequence[ClassLabel]) -> None:
        """Every class of the network."""
        self._classes = classes
        ids = [(c.id, c.index) for c in classes]
        names = [(text, c.index) for c in classes for text in (c.full, c.name)]
        self._ids, self._names = _table(ids), _table(names)
        self._plain_ids = _table((folded(text), index) for text, index in ids)
        self._plain_names = _table((folded(text), index) for text, index in names)

    def meaning(self, name: str) -> set[int]:
        """Indices of the classes that a folder's name fits: one, none, or several it cannot tell apart."""
        # As written first: two labels may differ in case alone.
        return (
            self._ids.get(name)
            or self._names.get(name)
            or self._plain_ids.get(folded(name))
            or self._plain_names.get(folded(name))
            or self._id_and_name(folded(name))
        )

    def ids(self, indices: Iterable[int]) -> list[str]:
        """Ids of classes, in their order."""
        return [self._classes[index].id for index in sorted(indices)]

    def nearest(self, name: str) -> list[str]:
        """At most two names or ids of classes that resemble it."""
        known = {folded(text): text for c in self._classes for text in (c.id, c.name)}
        return [known[near] for near in closest(folded(name), known, count=2, cutoff=0.6)]

    def _id_and_name(self, text: str) -> set[int]:
        """Such as "n01440764 tench"; a WordNet id decides alone, another one only with its class's name."""
        first, _, rest = text.partition(" ")
        return {
            index
            for index in self._plain_ids.get(first, ())
            if WNID.fullmatch(first) or index in self._plain_names.get(rest, ())
        }


def folded(text: str) -> str:
    """Case, underscores, runs of blanks and ways to write one letter do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    return " ".join(folded.split())


def _table(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for text, index in pairs:
        found.setdefault(text, set()).add(index)
    return found
