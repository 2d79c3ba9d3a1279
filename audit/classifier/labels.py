"""Class lists: from a file or folder, from the weights, or numbered."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from audit.classifier.label_files import FORMS, LARGEST, from_mapping, read
from audit.errors import LabelError
from audit.files import hidden
from audit.records import ClassLabel
from audit.text import few, one_line, plain

# A WordNet id, alone or before the names as in "n01440764 tench, Tinca tinca".
_WNID = re.compile(r"(n\d{8})(?:[\s,:]+(.*))?", re.DOTALL)

Entry = tuple[str | None, str]
"""WordNet id (None: none given) and the label as it was given."""


class Listed(Protocol):
    """An array of numpy, an index or a series of pandas."""

    def tolist(self) -> Any:
        """Its values."""
        ...


ClassList = str | Path | Sequence[str] | Mapping[int, str] | Mapping[str, int] | Listed
"""A file, a folder, names in output order, or a mapping with the indices on one side."""


def read_classes(source: ClassList) -> list[Entry]:
    """Entries in output order, from a file, a folder, names or a mapping; LabelError where that fails."""
    if not isinstance(source, str | Path):
        return entries(source, "the class list")
    path, where = Path(source), f"class list {source}"
    if path.is_dir():
        folders = sorted(child.name for child in path.iterdir() if child.is_dir() and not hidden(child.name))
        if not folders:
            raise LabelError("the folder has no subfolders", where=where, fix="give one subfolder per class")
        return [_entry(name, where) for name in folders]
    if not path.is_file():
        raise LabelError("no such file or folder", where=where, fix=f"give {FORMS}")
    try:
        if path.stat().st_size > 4 * LARGEST:  # a character of UTF-8 takes up to four bytes
            raise LabelError("is no class list: too large", where=where, fix=f"give {FORMS}")
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise LabelError(
            f"cannot be read: {one_line(error)}", where=where, fix="save it as UTF-8 text"
        ) from error
    return _from_text(text, path.suffix.lower(), where)


def entries(names: object, where: str) -> list[Entry]:
    """Entries from a sequence of names or of `[wnid, names]` pairs, or a mapping that holds the indices."""
    # A series of pandas keeps its index only as a dict.
    for turn in ("to_dict", "tolist"):
        if not isinstance(names, str | Sequence | Mapping) and callable(getattr(names, turn, None)):
            names = getattr(names, turn)()
    if isinstance(names, Mapping):
        names = from_mapping(cast(Mapping[Any, Any], names), where)
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise LabelError("expected a sequence of class names", where=where, fix=f"give {FORMS}")
    return [_entry(item, f"{where}, class {i}") for i, item in enumerate(cast(Sequence[object], names))]


def numbered(count: int) -> list[Entry]:
    """`class 0` and so on, for a network that comes without names."""
    return [(None, f"class {i}") for i in range(count)]


def labels(found: Sequence[Entry], count: int, where: str, *, binary: bool = False) -> tuple[ClassLabel, ...]:
    """One label per output; LabelError where the number differs or an id would repeat."""
    if len(found) != count:
        outputs = "one output, that is two classes (negative first)" if binary else f"{count} outputs"
        raise LabelError(
            f"the network has {outputs}, but {len(found)} class(es) are listed",
            where=where,
            fix=f"give a list of exactly {count} classes in output order with --classes",
        )
    names = _names(found)
    repeats = {name for name, n in Counter(names).items() if n > 1}
    ids = [
        wnid or (f"{name}#{i}" if name in repeats else name)
        for i, ((wnid, _), name) in enumerate(zip(found, names, strict=True))
    ]
    twice = [name for name, n in Counter(ids).items() if n > 1]
    if twice:
        raise LabelError(
            f"class ids must be unique, these stand more than once: {few(twice)}",
            where=where,
            fix="correct the list",
        )
    return tuple(
        ClassLabel(index=i, id=ids[i], name=names[i], full=full) for i, (_, full) in enumerate(found)
    )


def from_lines(text: str, where: str) -> list[Entry]:
    """Entries from the text of a `.txt` file; LabelError where a line holds none."""
    return _from_text(text, ".txt", where)


def _from_text(text: str, suffix: str, where: str) -> list[Entry]:
    content = read(text, suffix, where)
    if suffix != ".json" and isinstance(content, list):
        return [_entry(item, f"{where}, line {i}") for i, item in enumerate(cast(list[object], content), 1)]
    return entries(content, where)


def _entry(item: object, where: str) -> Entry:
    wnid, full = None, item
    if isinstance(item, list | tuple):
        pair = cast(Sequence[object], item)
        if len(pair) != 2 or not isinstance(pair[0], str):
            raise LabelError("expected a name or [wnid, names]", where=where, fix=f"give {FORMS}")
        wnid, full = plain(pair[0]), pair[1]
    if not isinstance(full, str):
        raise LabelError(f"expected text, got {type(full).__name__}", where=where, fix=f"give {FORMS}")
    full = plain(full)
    if wnid is None and (match := _WNID.fullmatch(full)):
        wnid, full = match[1], match[2] or match[1]
    if not full or wnid == "":
        raise LabelError("the name is empty", where=where, fix="give every output a name")
    return wnid, full


def _names(found: Sequence[Entry]) -> list[str]:
    """Display names: the first synonym of each label where that tells it from the other labels.

    Synonyms are parted by a comma and a blank, as in "tench, Tinca tinca". Where two labels share what stands
    before it ("Pepper, bell" and "Pepper, healthy"), the comma parts no synonyms and both stay whole; a
    WordNet id says that they are synonyms.
    """
    first = [full.split(", ", 1)[0].strip() or full for _, full in found]
    labels_of: dict[str, set[str]] = {}
    for (wnid, full), name in zip(found, first, strict=True):
        if wnid is None:
            labels_of.setdefault(name, set()).add(full)
    return [
        name if wnid is not None or len(labels_of[name]) == 1 else full
        for (wnid, full), name in zip(found, first, strict=True)
    ]
