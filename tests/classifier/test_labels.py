import json
from pathlib import Path

import pytest

from audit.classifier.labels import entries, labels, numbered, read_classes
from audit.errors import LabelError


def ids(path: Path, count: int) -> list[str]:
    return [label.id for label in labels(read_classes(path), count, "list")]


def test_text_file_with_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_bytes("\ufefftench, Tinca tinca\r\ncafé\r\n\r\n".encode())
    first, second = labels(read_classes(path), 2, "list")
    assert (first.index, first.id, first.name, first.full) == (0, "tench", "tench", "tench, Tinca tinca")
    assert (second.index, second.id, second.name) == (1, "café", "café")


def test_all_forms_of_json_say_the_same(tmp_path: Path) -> None:
    forms = (
        ["n00000001 cat, kitty", "n00000002 dog"],
        {"1": ["n00000002", "dog"], "0": ["n00000001", "cat, kitty"]},
        [["n00000001", "cat, kitty"], ["n00000002", "dog"]],
    )
    for i, form in enumerate(forms):
        path = tmp_path / f"{i}.json"
        path.write_text(json.dumps(form))
        found = labels(read_classes(path), 2, "list")
        assert [(c.id, c.name, c.full) for c in found] == [
            ("n00000001", "cat", "cat, kitty"),
            ("n00000002", "dog", "dog"),
        ]
    (tmp_path / "names.json").write_text('{"1": "b", "0": "a"}')
    assert ids(tmp_path / "names.json", 2) == ["a", "b"]


def test_image_folder_sorted_by_name_with_wnids_as_ids(tmp_path: Path) -> None:
    for name in ("n02000000", "n01000000", "zebra"):
        (tmp_path / name).mkdir()
    (tmp_path / "readme.txt").write_text("no class")
    assert ids(tmp_path, 3) == ["n01000000", "n02000000", "zebra"]


def test_repeated_names_get_their_index() -> None:
    found = labels(entries(["crane", "dog", "crane, bird"], "list"), 3, "list")
    assert [c.id for c in found] == ["crane#0", "dog", "crane#2"]
    assert [c.name for c in found] == ["crane", "dog", "crane"]


def test_hostile_text_stays_except_control_characters() -> None:
    text = "<script>alert(1)</script>\x1b[31m\n{{7*7}}\u202egpj\ud800 'x'"
    (label,) = labels(entries([text], "list"), 1, "list")
    assert label.full == "<script>alert(1)</script>[31m {{7*7}}gpj 'x'"


def test_numbered() -> None:
    assert [c.name for c in labels(numbered(2), 2, "")] == ["class 0", "class 1"]


def test_wrong_count_names_both_and_the_fix() -> None:
    with pytest.raises(LabelError, match=r"3 outputs.*2 class\(es\).*exactly 3 classes.*--classes"):
        labels(entries(["a", "b"], "list"), 3, "list")
    with pytest.raises(LabelError, match="one output, that is two classes"):
        labels(entries(["a"], "list"), 2, "list", binary=True)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("c.txt", "", "file is empty"),
        ("c.txt", "a\n\nb\n", "line 2: the name is empty"),
        ("c.json", "[1, 2]", "class 0: expected text, got int"),
        ("c.json", '["a"', "malformed JSON"),
        ("c.json", "[" * 100_000, "malformed JSON"),
        ("c.json", '{"0": "a", "0": "b"}', "key '0' stands more than once"),
        ("c.json", '{"0": "a", "2": "b"}', "from 0 to 1 without gaps; 1 missing"),
        ("c.json", '{"1": "a", "2": "b"}', "0 missing"),
        ("c.json", '{"cat": "a"}', "keys must be output indices, got 'cat'"),
        ("c.json", '{"0": ["n01", "a", "b"]}', "expected a name or"),
        ("c.json", "[]", "expected a sequence"),
        ("c.json", '"cat"', "expected a sequence"),
        ("c.json", '[["n1", "a"], ["n1", "b"]]', "more than once: n1"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LabelError, match=message) as caught:
        labels(read_classes(tmp_path / name), 2, "list")
    assert "Fix: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_empty_folder_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no such file or folder"):
        read_classes(tmp_path / "none.txt")
    with pytest.raises(LabelError, match="no subfolders"):
        read_classes(tmp_path)
    (tmp_path / "latin.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(LabelError, match="UTF-8"):
        read_classes(tmp_path / "latin.txt")
