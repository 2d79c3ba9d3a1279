import os
from pathlib import Path
from typing import Any

import pytest

from audit.errors import ConfigError, ImageError
from audit.photos.counterexamples_given import by_class, require_counterexamples
from audit.records import ClassLabel

NAMES = ("banana", "dumbbell", "a=b", "a", "crane", "crane", "<b>bold</b>", "7", "black, and white")
CLASSES = [
    ClassLabel(index=i, id=f"n0000000{i}", name=name, full=f"{name}, kind {i}")
    for i, name in enumerate(NAMES)
]


@pytest.mark.parametrize(
    "given, expected",
    [
        ("dumbbell=bare", {1: "bare"}),
        ("DUMBBELL=bare", {1: "bare"}),
        (" dumbbell =bare", {1: "bare"}),
        ("n00000001=bare", {1: "bare"}),
        ("dumbbell, kind 1=bare", {1: "bare"}),
        ("1=bare", {1: "bare"}),
        ("7=bare", {7: "bare"}),  # a name wins over an index
        (["dumbbell=x", "banana=y"], {0: "y", 1: "x"}),
        # Both "a" and "a=b" are classes: the last sign that stands behind a class divides.
        ("a=b=x", {2: "x"}),
        ("a=c=x", {3: "c=x"}),
        ("dumbbell=x=y=z", {1: "x=y=z"}),
        ("<b>bold</b>=x", {6: "x"}),
        ("black, and white=x", {8: "x"}),
        ({"dumbbell": "x", "a": "b=x"}, {1: "x", 3: "b=x"}),
        ({"a=b": Path("x")}, {2: "x"}),
        ({1: "x"}, {1: "x"}),
        ((), {}),
        ({}, {}),
    ],
    ids=str,
)
def test_what_is_given_for_which_class(given: Any, expected: dict[int, str]) -> None:
    found = by_class(given, CLASSES)
    assert {index: str(folder) for index, folder in found.items()} == expected
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    "given, message",
    [
        ("dumbell=x", r'no class is called "dumbell".*did you mean "dumbbell"'),
        ("dumbell=x=y", r'no class is called "dumbell"'),
        ("a=d=x", None),
        ({"a=d": "x"}, r'no class is called "a=d".*did you mean "a=b"'),
        ({"zebra crossing": "x"}, r'no class is called "zebra crossing".*name of a class$'),
        ({9: "x"}, r'no class is called "9"'),
        ("no sign", r'no class is called "no sign"'),
        ("crane=x", r'"crane" is the name of 2 classes.*n00000004, n00000005'),
        (["dumbbell=x", "n00000001=y"], r'"n00000001" has two folders'),
        ({"dumb\x1b[2J\n\u202e": "x"}, r'no class is called "dumb\\u001b\[2J\\u000a\\u202e"'),
        ({"dumbbell": ""}, "got an empty name"),
    ],
    ids=str,
)
def test_what_means_no_class(given: Any, message: str | None) -> None:
    if message is None:
        assert by_class(given, CLASSES) == {3: Path("d=x")}
        return
    with pytest.raises(ConfigError, match=message) as caught:
        by_class(given, CLASSES)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "given, error, message",
    [
        (
            "dumbbell",
            ConfigError,
            r'expected CLASS=FOLDER, got "dumbbell"\. Fix: --counterexamples CLASS=FOLDER',
        ),
        ("=there", ConfigError, "expected CLASS=FOLDER"),
        ("dumbbell=", ConfigError, "expected CLASS=FOLDER"),
        ("dumbbell=gone", ImageError, 'got nothing there: "dumbbell=gone"'),
        ("dumbbell=a file", ImageError, "expected a folder of photographs"),
        ("dumbbell=" + "n" * 300, ImageError, "got nothing there"),
        (
            {"dumbbell": "gone"},
            ImageError,
            "gone: expected a folder.*got nothing there.*check --counterexamples",
        ),
        ({"dumbbell": "a file"}, ImageError, "got a file"),
        ({"dumbbell": ""}, ConfigError, "got an empty name"),
        (["anything=there", "dumbbell=gone"], ImageError, "dumbbell=gone"),
        ("dumb\x1b[2J\n=gone", ImageError, r"dumb\\u001b\[2J\\u000a=gone"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_no_class_list_can_mend_is_told_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Any, error: type[Exception], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "a file").touch()
    with pytest.raises(error, match=message):
        require_counterexamples(given)


def test_folders_that_are_there_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b=there").mkdir()
    odd = os.fsdecode(b"\xff\xfe")
    (tmp_path / odd).mkdir()
    for given in ("a=b=there", {"a": "b=there"}, {1: tmp_path}, f"dumbbell={odd}", (), {}):
        require_counterexamples(given)
