"""What the text of a class list says: names line by line, a table with its own indices, JSON or a literal.

The text is foreign: it is parsed, never evaluated, and a text that looks like code or a table is read as what
it is or refused. Read as lines, it would put each class under another's name.
"""

import ast
import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from audit.errors import LabelError
from audit.text import few, one_line, plain

FORMS = (
    "a .txt file with one class per line, a .json list, a .json object {index: name}, {name: index} or "
    "{index: [wnid, names]}, the same in .yaml, a .csv table with columns index and name, or an image folder "
    "with one subfolder per class"
)
LARGEST = 2**24
"""Most characters of a list; 20,000 classes with all their synonyms have under two million."""
LARGEST_LITERAL = 2**22
"""The same of a Python literal, whose syntax tree takes a hundred times its size."""
NAME_COLUMNS = ("name", "class", "label", "class_name", "classname", "class name", "names", "category")
_QUOTED = re.compile(r"""\s*(?:\d+\s*:\s*)?(['"]).*\1\s*,?\s*""")
_NUMBER_FIRST = re.compile(r"\s*(\d{1,9})(?:\s*[:;,.)=-]\s*|\s+)(\S.*)")
_NUMBER_LAST = re.compile(r"\s*(\S.*?)(?:\s*[:;,=]\s*|\s+)(\d{1,9})\s*")
_WNID = re.compile(r"n\d{8}")


def read(text: str, suffix: str, where: str) -> object:
    """Names in order of the outputs, or a mapping with indices on one side, as the text says.

    `suffix` is the file's, in lower case. LabelError where the text is too large or no list of classes.
    """
    if len(text) > LARGEST:
        raise LabelError(f"is no class list: over {LARGEST} characters", where=where, fix=f"give {FORMS}")
    if suffix == ".json":
        return _json(text, where)
    # Not splitlines(): it also splits at characters that a label may contain.
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise LabelError("the file is empty", where=where, fix="give one class per line, in output order")
    if suffix in (".yaml", ".yml") or _is_yaml(lines):
        return _yaml(text, where)
    if (body := _code(text, lines)) is not None:
        return _literal(body, where)
    for delimiter in "\t;,":
        if all(delimiter in line for line in lines if line.strip()):
            found = _table(lines, delimiter, where, certain=delimiter == "\t" or suffix in (".csv", ".tsv"))
            if found is not None:
                return found
    if suffix == ".csv":
        names = [",".join(row) for row in _rows(lines, ",", where)]
        return names[1:] if names[0].lower() in NAME_COLUMNS else names
    return _numbered(lines) or lines


def by_index(pairs: Sequence[tuple[int, Any]], where: str, *, from_one: bool = False) -> list[Any]:
    """Values in order of their indices, which run from 0 without gaps; LabelError where not.

    `from_one`: rows may be counted from 1 too.
    """
    counts = Counter(index for index, _ in pairs)
    repeated = [index for index, n in counts.items() if n > 1]
    if repeated:
        raise LabelError(
            f"index {repeated[0]} stands more than once",
            where=where,
            fix="list every output index once, from 0",
        )
    gaps = [i for i in range(len(pairs)) if i not in counts]
    if gaps and not (from_one and gaps == [0] and len(pairs) in counts):
        raise LabelError(
            f"indices must run from 0 to {len(pairs) - 1} without gaps; {few(map(str, gaps))} missing",
            where=where,
            fix="list every output index once, from 0",
        )
    return [value for _, value in sorted(pairs, key=lambda pair: pair[0])]


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"malformed JSON: {one_line(error)}", where=where, fix=f"give {FORMS}") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    if repeated:
        raise ValueError(f"key {repeated[0]!r} stands more than once")
    return dict(pairs)


class _Text(yaml.BaseLoader):
    """YAML whose scalars are text: `no` and `1.0` may be names of classes. No object is constructed."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping, in which alone a whole number without quotes is one; ValueError for a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        values = [self._value(value) for _, value in node.value]
        return _unique_keys(list(zip(keys, values, strict=True)))

    def _value(self, node: yaml.Node) -> object:
        text = self.construct_object(node, deep=True)
        plain_digits = isinstance(node, yaml.ScalarNode) and node.style is None and _digits(text) is not None
        return int(text) if plain_digits else text


def _yaml(text: str, where: str) -> object:
    problem = f"is YAML, but is over {LARGEST_LITERAL} characters"
    if len(text) <= LARGEST_LITERAL:
        try:
            return yaml.load(text, Loader=_Text)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            problem = f"malformed YAML: {one_line(error)}"
    raise LabelError(problem, where=where, fix="give one class per line, in output order, in a .txt file")


def _is_yaml(lines: Sequence[str]) -> bool:
    """`names:` and below it a list or a table."""
    return bool(
        len(lines) > 1 and re.fullmatch(r"[A-Za-z_]\w*:\s*", lines[0]) and re.match(r"\s*(- |\d+:)", lines[1])
    )


def _code(text: str, lines: Sequence[str]) -> str | None:
    """The literal in a text that looks like one; None for any other text."""
    body = re.sub(r"^\s*[A-Za-z_]\w*\s*=\s*(?=[\[({])", "", text, count=1).strip()
    starts = lines[0].strip()
    bracketed = (
        re.fullmatch(r"[\[({][^'\",:]*[\])}]", starts) and len(lines) > 1
    )  # a name such as [background]
    if (body[0] in "[{" and not bracketed) or body != text.strip() or (body[0], body[-1]) == ("(", ")"):
        looks = body[0] != "(" or re.match(r"\(\s*['\"]", body)
        return body if looks else None
    filled = [line for line in lines if line.strip()]
    if all(_QUOTED.fullmatch(line) for line in filled):
        # Line by line: Python would join quoted names that no comma parts.
        inner = ",\n".join(line.strip().removesuffix(",") for line in filled)
        return f"{{{inner}}}" if re.match(r"\s*\d", filled[0]) else f"[{inner}]"
    return None


def _literal(text: str, where: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError):
        pass  # Python's own literals are tried next
    problem = f"looks like code, but is over {LARGEST_LITERAL} characters"
    if len(text) <= LARGEST_LITERAL:
        try:
            tree = ast.parse(text.rstrip(";, \n"), mode="eval").body
            if isinstance(tree, ast.Dict):
                keys = [ast.literal_eval(key) for key in tree.keys if key is not None]
                repeated = [key for key, n in Counter(keys).items() if n > 1]
                if repeated:
                    raise ValueError(f"key {repeated[0]!r} stands more than once")
            return ast.literal_eval(tree)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            problem = f"looks like a dict or list, but cannot be read as one ({one_line(error)})"
    raise LabelError(problem, where=where, fix="save it as JSON, or give one class per line")


def _rows(lines: Sequence[str], delimiter: str, where: str) -> list[list[str]]:
    try:
        # As one text: a quoted field may hold line ends.
        rows = list(csv.reader("\n".join(lines).split("\n"), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise LabelError(f"malformed table: {error}", where=where, fix=f"give {FORMS}") from error
    return [[plain(cell) for cell in row] for row in rows if row]


def _table(lines: Sequence[str], delimiter: str, where: str, *, certain: bool) -> object:
    """A table's names; None where only commas or semicolons say so and no column holds the indices."""
    rows = _rows(lines, delimiter, where)
    header = None
    column = _index_column(rows)
    if column is None and len(rows) > 1:
        column = _index_column(rows[1:])
        named = any(cell.lower() in NAME_COLUMNS for cell in rows[0])
        if column is not None or (certain and named):
            header, rows = rows[0], rows[1:]
    if column is not None:
        indices = [int(row[column]) for row in rows]
        names = [_name([c for i, c in enumerate(row) if i != column % len(row)]) for row in rows]
        if header is not None and (at := _name_column(header)) is not None:
            names = [row[at] if at < len(row) else "" for row in rows]
        elif delimiter == "\t" and any(len(row) > 3 for row in rows):
            raise _which(where)
        return by_index(list(zip(indices, names, strict=True)), where, from_one=True)
    if not certain:
        return None
    if header is not None and (at := _name_column(header)) is not None:
        return [row[at] if at < len(row) else "" for row in rows]
    if all(len(row) == 2 and _WNID.fullmatch(row[0]) for row in rows):
        return [(row[0], row[1]) for row in rows]
    if all(_WNID.fullmatch(row[0]) for row in rows) or all(len(row) == 1 for row in rows):
        return [" ".join(row) for row in rows]
    raise _which(where)


def _index_column(rows: Sequence[Sequence[str]]) -> int | None:
    """The first or the last column (-1) where it holds whole numbers only and another holds names."""
    if any(len(row) < 2 for row in rows):
        return None
    whole = {at: all(re.fullmatch(r"\d{1,9}", row[at]) for row in rows) for at in (0, -1)}
    from_zero = {at: whole[at] and {int(row[at]) for row in rows} == set(range(len(rows))) for at in whole}
    return next((at for at in (0, -1) if from_zero[at]), next((at for at in (0, -1) if whole[at]), None))


def _name_column(header: Sequence[str]) -> int | None:
    lowered = [cell.lower() for cell in header]
    return next((lowered.index(name) for name in NAME_COLUMNS if name in lowered), None)


def _name(cells: Sequence[str]) -> object:
    """What is left of a row without its index: a name, or a WordNet id and names."""
    if len(cells) > 1 and _WNID.fullmatch(cells[0]):
        return cells[0], ", ".join(cells[1:])
    return ", ".join(cells)


def _which(where: str) -> LabelError:
    return LabelError(
        "is a table, and no column is known to hold the names",
        where=where,
        fix="keep two columns, the index (from 0) and the name, or one name per line in output order",
    )


def _numbered(lines: Sequence[str]) -> object:
    """Lines that each start or end with their index; None where the numbers may be part of the names."""
    for pattern, number in ((_NUMBER_FIRST, 1), (_NUMBER_LAST, 2)):
        found = [pattern.fullmatch(line) for line in lines]
        pairs = [(int(match[number]), match[3 - number]) for match in found if match]
        every = sorted(index for index, _ in pairs)
        starts = every[0] if every else -1
        names = {name for _, name in pairs}
        if (
            len(pairs) == len(lines) > 1
            and starts in (0, 1)
            and every == list(range(starts, starts + len(pairs)))
            and len(names) == len(pairs)
        ):
            return by_index(pairs, "", from_one=True)
    return None


def from_mapping(table: Mapping[Any, Any], where: str, *, depth: int = 0) -> Sequence[object]:
    """Names in order of the outputs from {index: name}, {name: index}, or an object that holds one of them.

    Raises LabelError where neither side holds the indices, or where both do and say different things.
    """
    keys, values = list(table), [_whole(value) for value in table.values()]
    if table and all(value is not None for value in values):
        pairs = [(value, str(key)) for key, value in zip(keys, values, strict=True) if value is not None]
        if any(_whole(key) is not None for key in keys) and [str(i) for i, _ in pairs] != [
            n for _, n in pairs
        ]:
            raise LabelError(
                "both sides are whole numbers: which is the index?",
                where=where,
                fix='give names as text, {"name": index}',
            )
        return by_index(pairs, where)
    numbers = [_whole(key) if not isinstance(key, str) else _digits(key) for key in keys]
    if table and all(number is not None for number in numbers):
        return by_index(
            [(n, v) for n, v in zip(numbers, table.values(), strict=True) if n is not None], where
        )
    held = {key: table[key] for key in HOLDERS if key in table}
    if held and depth == 0:
        return _held(held, where)
    wrong = [str(key) for key, number in zip(keys, numbers, strict=True) if number is None]
    raise LabelError(
        f"keys must be output indices, got {few(wrong, 3)!r}",
        where=where,
        fix=f"give {FORMS}",
    )


HOLDERS = (
    "id2label", "label2id", "idx_to_class", "class_to_idx", "names", "classes", "class_names", "label_names",
    "labels", "categories",
)  # fmt: skip
"""Keys under which configurations that training leaves behind hold the class list."""


def _held(held: Mapping[str, Any], where: str) -> Sequence[object]:
    found: dict[str, Sequence[object]] = {}
    for key, value in held.items():
        if isinstance(value, Mapping):
            found[key] = from_mapping(value, f"{where}, {key}", depth=1)
        elif isinstance(value, list | tuple):
            found[key] = value
    first = next(iter(found), None)
    if first is None:
        raise LabelError(f"{next(iter(held))} holds no names", where=where, fix=f"give {FORMS}")
    other = next((key for key, names in found.items() if list(names) != list(found[first])), None)
    if other is not None:
        raise LabelError(
            f"{first} and {other} name the classes differently",
            where=where,
            fix="keep the one that holds in a file of its own",
        )
    return found[first]


def _whole(value: object) -> int | None:
    """A whole number, also numpy's; no truth value, no text."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    number = value.__index__()  # pyright: ignore
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _digits(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
