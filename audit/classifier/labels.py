"""Class lists: from a file or folder, from the weights, or numbered."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from audit.classifier.wording import few, one_line, plain
from audit.errors import LabelError
from audit.results import ClassLabel

FORMS = (
    "a .txt file with one class per line, a .json list, a .json object {index: name} or "
    "{index: [wnid, names]}, or an image folder with one subfolder per class"
)
# A WordNet id, alone or before the names as in "n01440764 tench, Tinca tinca".
_WNID = re.compile(r"(n\d{8})(?:[\s,:]+(.*))?", re.DOTALL)

Entry = tuple[str | None, str]
"""WordNet id (None: none given) and the label as it was given."""


def read_classes(source: str | Path | Sequence[str]) -> list[Entry]:
    """Entries in output order, from a file, a folder or a sequence of names; LabelError where that fails."""
    if not isinstance(source, str | Path):
        return entries(source, "the class list")
    path, where = Path(source), f"class list {source}"
    if path.is_dir():
        folders = sorted(child.name for child in path.iterdir() if child.is_dir())
        if not folders:
            raise LabelError("the folder has no subfolders", where=where, fix="give one subfolder per class")
        return [_entry(name, where) for name in folders]
    if not path.is_file():
        raise LabelError("no such file or folder", where=where, fix=f"give {FORMS}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise LabelError(
            f"cannot be read: {one_line(error)}", where=where, fix="save it as UTF-8 text"
        ) from error
    return _from_json(text, where) if path.suffix.lower() == ".json" else from_lines(text, where)


def entries(names: object, where: str) -> list[Entry]:
    """Entries from a sequence of names, or of `[wnid, names]` pairs."""
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
    names = [_first_synonym(full) for _, full in found]
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
    """Entries from text with one class per line; LabelError where a line holds none."""
    # Not splitlines(): it also splits at characters that a label may contain.
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise LabelError("the file is empty", where=where, fix="give one class per line, in output order")
    return [_entry(line, f"{where}, line {i}") for i, line in enumerate(lines, 1)]


def _from_json(text: str, where: str) -> list[Entry]:
    try:
        content = json.loads(text, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"malformed JSON: {one_line(error)}", where=where, fix=f"give {FORMS}") from error
    if isinstance(content, Mapping):
        content = _by_index(cast(Mapping[str, Any], content), where)
    return entries(content, where)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    if repeated:
        raise ValueError(f"key {repeated[0]!r} stands more than once")
    return dict(pairs)


def _by_index(table: Mapping[str, Any], where: str) -> list[Any]:
    wrong = [key for key in table if not re.fullmatch(r"[0-9]{1,9}", key)]
    if wrong:
        raise LabelError(
            f"keys must be output indices, got {few(wrong, 3)!r}", where=where, fix=f"give {FORMS}"
        )
    by_index = {int(key): value for key, value in table.items()}
    gaps = [i for i in range(len(table)) if i not in by_index]
    if gaps:
        raise LabelError(
            f"indices must run from 0 to {len(table) - 1} without gaps; {few(map(str, gaps))} missing",
            where=where,
            fix="list every output index once, from 0",
        )
    return [by_index[i] for i in range(len(table))]


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


def _first_synonym(full: str) -> str:
    return full.split(",", 1)[0].strip() or full
