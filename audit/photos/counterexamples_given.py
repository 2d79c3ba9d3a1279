"""Which folder of counterexamples belongs to which class, as the user gave it. Without torch."""

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from audit.errors import ConfigError, ImageError
from audit.photos.given import require_folder
from audit.records import ClassLabel
from audit.selection import meant
from audit.text import closest, few, quoted

FLAG = "--counterexamples"
EXAMPLE = f"{FLAG} CLASS=FOLDER"
GivenCounterexamples = str | Sequence[str] | Mapping[str, str | Path] | Mapping[int, str | Path]
"""`CLASS=FOLDER` texts, or a mapping of classes (an index, id or name) to folders."""


def require_counterexamples(given: GivenCounterexamples) -> None:
    """Raises the error of what no class list can mend: no folder is named, or it is not there."""
    if isinstance(given, Mapping):
        for folder in given.values():
            require_folder(_named(folder), FLAG)
        return
    for text in _texts(given):
        folders = [folder for _, folder in _splits(text)]
        if not folders:
            raise ConfigError(f"expected CLASS=FOLDER, got {quoted(text)}", where=FLAG, fix=EXAMPLE)
        if not any(map(os.path.isdir, folders)):
            raise ImageError(
                f"expected a folder of photographs behind the class, got nothing there: {quoted(text)}",
                where=FLAG,
                fix=f"check {FLAG}",
            )


def by_class(given: GivenCounterexamples, classes: Sequence[ClassLabel]) -> dict[int, Path]:
    """Index of a class → its folder, in the order of the classes.

    A class is an index, an id or a name, as for `--only`. A text is split at the last `=` that stands behind
    a class: names and folders may hold the sign.

    Raises:
        ConfigError: no class, or several, are meant, or one is named twice; names the nearest classes.
    """
    found: dict[int, Path] = {}
    for word, folder in _assigned(given, classes):
        indices = _meant(word, classes)
        if len(indices) > 1:
            ids = few([classes[index].id for index in indices])
            raise ConfigError(
                f"{quoted(word)} is the name of {len(indices)} classes",
                where=FLAG,
                fix=f"name the class by its id, one of {ids}",
            )
        if not indices:
            raise _no_class([word], classes)
        if indices[0] in found:
            raise ConfigError(
                f"{quoted(word)} has two folders, expected one for each class",
                where=FLAG,
                fix="put the photographs into one folder, with the subfolders `object` and `part`",
            )
        found[indices[0]] = folder
    return dict(sorted(found.items()))


def _assigned(given: GivenCounterexamples, classes: Sequence[ClassLabel]) -> Iterator[tuple[str, Path]]:
    """Class and folder of each, as they were written."""
    if isinstance(given, Mapping):
        for word, folder in given.items():
            yield str(word), _named(folder)
        return
    for text in _texts(given):
        splits = _splits(text)
        known = [(word, folder) for word, folder in splits if _meant(word, classes)]
        if not known:
            raise _no_class([word for word, _ in splits] or [text], classes)
        word, folder = known[-1]
        yield word, Path(folder)


def _texts(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _splits(text: str) -> list[tuple[str, str]]:
    """What stands before and behind each `=`, the first one first; nothing empty."""
    places = [place for place, letter in enumerate(text) if letter == "="]
    parts = [(text[:place], text[place + 1 :]) for place in places]
    return [(word, folder) for word, folder in parts if word.strip() and folder]


def _named(folder: str | Path) -> Path:
    """The empty text is no name of the working directory."""
    if not str(folder):
        raise ConfigError("expected a folder for the class, got an empty name", where=FLAG, fix=EXAMPLE)
    return Path(folder)


def _meant(word: str, classes: Sequence[ClassLabel]) -> list[int]:
    return meant(word, classes) or meant(word.strip(), classes)


def _no_class(words: Sequence[str], classes: Sequence[ClassLabel]) -> ConfigError:
    """Of the word that resembles a class most, else of the first."""
    names = [text for label in classes for text in (label.name, label.id)]
    near = {word: closest(word.strip(), names, count=3, cutoff=0.6) for word in words}
    word = max(words, key=lambda word: _alike(word, near[word][0]) if near[word] else 0.0)
    hint = f"; did you mean {', '.join(map(quoted, near[word]))}?" if near[word] else ""
    return ConfigError(
        f"no class is called {quoted(word)}",
        where=FLAG,
        fix=f"CLASS=FOLDER with the index, id or name of a class{hint}",
    )


def _alike(word: str, name: str) -> float:
    return difflib.SequenceMatcher(None, word.strip().lower(), name.lower()).ratio()
