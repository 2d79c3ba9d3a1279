import json
from pathlib import Path

import numpy as np
import pandas as pd
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
    for name in (".ipynb_checkpoints", "__MACOSX", ".git", "__pycache__"):
        (tmp_path / name).mkdir()
    assert ids(tmp_path, 3) == ["n01000000", "n02000000", "zebra"]


def test_repeated_names_get_their_index() -> None:
    found = labels(entries(["crane", "dog", "crane"], "list"), 3, "list")
    assert [c.id for c in found] == ["crane#0", "dog", "crane#2"]
    assert [c.name for c in found] == ["crane", "dog", "crane"]


def test_commas_are_cut_only_where_they_part_synonyms() -> None:
    plants = ["Pepper,_bell___Bacterial_spot", "Pepper,_bell___healthy", "Tomato___healthy"]
    assert [c.name for c in labels(entries(plants, "list"), 3, "list")] == plants
    shared = ["Pepper, bell, spotted", "Pepper, bell, healthy", "tench, Tinca tinca"]
    found = labels(entries(shared, "list"), 3, "list")
    assert [c.name for c in found] == [*shared[:2], "tench"]
    assert [c.id for c in found] == [*shared[:2], "tench"]
    # With WordNet ids they are synonyms, as two classes of ImageNet are called maillot.
    found = labels(entries(["n03710637 maillot", "n03710721 maillot, tank suit"], "list"), 2, "list")
    assert [c.name for c in found] == ["maillot", "maillot"]


def test_hostile_text_stays_except_control_characters() -> None:
    text = "<script>alert(1)</script>\x1b[31m\n{{7*7}}\u202egpj\ud800 'x'"
    (label,) = labels(entries([text], "list"), 1, "list")
    assert label.full == "<script>alert(1)</script>[31m {{7*7}}gpj 'x'"


FOUR = ["cat", "dog", "fox", "owl"]


@pytest.mark.parametrize(
    "name, content",
    [
        ("tab.txt", "owl\t3\ncat\t0\ndog\t1\nfox\t2\n"),
        ("tab.tsv", "3\towl\n0\tcat\n1\tdog\n2\tfox\n"),
        ("blank.txt", "3 owl\n0 cat\n1 dog\n2 fox\n"),
        ("colon.txt", "3: owl\n0: cat\n1: dog\n2: fox\n"),
        ("last.txt", "owl 3\ncat 0\ndog 1\nfox 2\n"),
        ("from_one.txt", "4 owl\n1 cat\n2 dog\n3 fox\n"),
        ("comma.txt", "3,owl\n0,cat\n1,dog\n2,fox\n"),
        ("no_header.csv", "0,cat\n1,dog\n2,fox\n3,owl\n"),
        ("semicolon.csv", "0;cat\n1;dog\n2;fox\n3;owl\n"),
        ("header.csv", "index,name\n3,owl\n0,cat\n1,dog\n2,fox\n"),
        ("last.csv", "label,id\nowl,3\ncat,0\ndog,1\nfox,2\n"),
        ("wide.csv", "id,colour,name\n3,brown,owl\n0,grey,cat\n1,black,dog\n2,red,fox\n"),
        ("one_column.csv", "name\ncat\ndog\nfox\nowl\n"),
        ("plain.csv", "cat\ndog\nfox\nowl\n"),
        ("dict.txt", "{0: 'cat, house cat',\n 1: 'dog',\n 2: 'fox',\n 3: 'owl'}"),
        ("assigned.txt", "classes = ['cat',\n 'dog', 'fox', 'owl']\n"),
        ("list.txt", "['cat',\n'dog',\n'fox',\n'owl']\n"),
        ("tuple.txt", "('cat', 'dog', 'fox', 'owl')\n"),
        ("json.txt", '{"3": "owl", "0": "cat", "1": "dog", "2": "fox"}'),
        ("inner.txt", "'cat',\n'dog',\n'fox',\n'owl',\n"),
        ("quoted.txt", '"cat"\n"dog"\n"fox"\n"owl"\n'),
        ("inner_dict.txt", "3: 'owl',\n0: 'cat',\n1: 'dog',\n2: 'fox',\n"),
        ("config.json", '{"id2label": {"3": "owl", "0": "cat", "1": "dog", "2": "fox"}, "image_size": 32}'),
        ("label2id.json", '{"label2id": {"owl": 3, "cat": 0, "dog": 1, "fox": 2}}'),
        ("class_to_idx.json", '{"owl": 3, "cat": 0, "dog": 1, "fox": 2}'),
        ("names.json", '{"nc": 4, "names": ["cat", "dog", "fox", "owl"]}'),
    ],
)
def test_a_file_is_read_as_what_it_says(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    found = labels(read_classes(tmp_path / name), 4, "list")
    assert [c.name for c in found] == FOUR


@pytest.mark.parametrize(
    "lines",
    [
        ["0", "2", "1", "3"],
        ["class 3", "class 0", "class 1", "class 2"],
        ["Boeing 737", "Boeing 747", "Airbus 320"],
        ["[background]", "{odd}", "(none)"],
        ["1 cent", "5 cent", "10 cent"],
        ["cat (0)", "dog's", "a: b"],
        ["cat, tabby", "dog, hound"],
    ],
)
def test_names_that_hold_numbers_and_brackets_stay_lines(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "c.txt").write_text("\n".join(lines))
    found = labels(read_classes(tmp_path / "c.txt"), len(lines), "list")
    assert [c.full for c in found] == lines


def test_wordnet_ids_in_tables(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("1,n02,x\n".replace("n02", "n00000002") + '0,n00000001,"cat, kitty"\n')
    found = labels(read_classes(tmp_path / "c.csv"), 2, "list")
    assert [(c.id, c.name) for c in found] == [("n00000001", "cat"), ("n00000002", "x")]


def test_mappings_arrays_and_series() -> None:
    for given in (
        {3: "owl", 0: "cat", 1: "dog", 2: "fox"},
        {"owl": 3, "cat": 0, "dog": 1, "fox": 2},
        {name: np.int64(i) for i, name in enumerate(FOUR)},
        np.array(FOUR),
        pd.Index(FOUR),
        pd.Series({3: "owl", 0: "cat", 1: "dog", 2: "fox"}),
    ):
        assert [c.name for c in labels(read_classes(given), 4, "list")] == FOUR
    with pytest.raises(LabelError, match="which is the index"):
        read_classes({0: 1, 1: 0})


@pytest.mark.parametrize(
    "name, content",
    [
        ("data.yaml", "path: x\nnc: 3\nnames:\n  - no\n  - 1.0\n  - cat, house cat\n"),
        ("data.txt", "names:\n  0: no\n  1: 1.0\n  2: cat, house cat\n"),
        ("data.yml", "names: ['no', '1.0', 'cat, house cat']\n"),
        ("data.yaml", "- no\n- 1.0\n- cat, house cat\n"),
        ("data.yaml", "class_to_idx: {'cat, house cat': 2, no: 0, 1.0: 1}\n"),
    ],
)
def test_yaml_is_read_and_its_words_are_text(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert [c.full for c in labels(read_classes(tmp_path / name), 3, "")] == ["no", "1.0", "cat, house cat"]


def test_yaml_lists_of_digits_are_names(tmp_path: Path) -> None:
    (tmp_path / "digits.yaml").write_text("names:\n" + "".join(f"- {i}\n" for i in range(10)))
    assert [c.name for c in labels(read_classes(tmp_path / "digits.yaml"), 10, "")] == [*"0123456789"]


def test_nothing_is_evaluated(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text(f"[__import__('os').mkdir({str(tmp_path / 'ran')!r}), 'dog']")
    with pytest.raises(LabelError, match="looks like a dict or list"):
        read_classes(tmp_path / "c.txt")
    assert not (tmp_path / "ran").exists()


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
        ("c.json", '{"a": 0, "b": 0}', "index 0 stands more than once"),
        ("c.json", '{"a": 0, "b": 2}', "1 missing"),
        ("c.json", '{"a": 0, "b": true}', "keys must be output indices"),
        ("c.json", '{"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 1, "b": 0}}', "differently"),
        ("c.txt", "{0: 'cat',", "looks like a dict or list"),
        ("c.txt", "{0: 'cat', 0: 'dog'}", "key 0 stands more than once"),
        ("c.txt", "[" * 100_000, "looks like a dict or list"),
        ("c.txt", "cat\t7\ndog\t9\n", "from 0 to 1 without gaps"),
        ("c.txt", "cat\tgrey\ndog\tblack\n", "no column is known to hold the names"),
        ("c.csv", "cat,grey\ndog,black\n", "no column is known to hold the names"),
        ("c.txt", "x" * (2**24 + 1), "over 16777216 characters"),
        ("data.yaml", "names: [cat, dog", "malformed YAML"),
        ("data.yaml", "names:\n  0: cat\n  0: dog\n", "key '0' stands more than once"),
        ("data.yaml", "names:\n  0: cat\n  2: dog\n", "1 missing"),
        ("data.yaml", "nc: 2\n", "from 0 to 0 without gaps; 0 missing"),
        (
            "data.yaml",
            "names: !!python/object/apply:os.getcwd []\n",
            "expected a sequence",
        ),
        ("data.yaml", "[" * 100_000, "malformed YAML"),
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
