from pathlib import Path

import pytest

from audit.text import clean, few, near, nearest, one_line, plain, plural, quoted, readable, unread, visible

HOSTILE = "a\x1b[2J\u202eb\u2066c\x00\nd\u200de\ud800\U000e0001"
"""Clears a terminal, turns the writing direction, breaks the line, hides, and cannot be written as UTF-8."""


def test_plain() -> None:
    assert plain(" a\tb\u2028c\x00\x07d\u2066 ") == "a b cd"
    assert plain("日本 👩‍🔬") == "日本 👩‍🔬"


def test_clean_hides_nothing_and_keeps_lines_and_joiners() -> None:
    assert (
        clean(HOSTILE)
        == "a\N{REPLACEMENT CHARACTER}[2Jbc\N{REPLACEMENT CHARACTER}\nd\u200de\N{REPLACEMENT CHARACTER}"
    )
    assert clean(7) == "7"
    assert clean("日本") == "日本"


@pytest.mark.parametrize("shown", [visible(HOSTILE), quoted(HOSTILE)])
def test_what_is_shown_in_a_terminal_is_printable_and_loses_nothing(shown: str) -> None:
    assert shown.isprintable()
    shown.encode("utf-8")
    assert shown.strip('"') == r"a\u001b[2J\u202eb\u2066c\u0000\u000ad\u200de\ud800\U000e0001"


def test_quoted_cuts_what_is_long() -> None:
    assert quoted("x" * 60) == f'"{"x" * 60}"'
    assert quoted("x" * 61) == f'"{"x" * 59}…"'
    assert quoted("\u202e" * 99, 3) == r'"\u202e\u202e…"'


def test_readable_paths_can_be_written(tmp_path: Path) -> None:
    assert readable(Path("a") / "b") == "a/b"
    assert readable("caf\udce9") == r"caf\xe9"


def test_one_line() -> None:
    assert one_line(ValueError("two\nlines\x1b")) == "ValueError: two lines"
    assert one_line(KeyError()) == "KeyError"
    assert len(one_line(ValueError("x" * 1000))) < 330


def test_why_a_file_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("é".encode("latin-1"))
    reasons = []
    for name in ("none", ".", "latin"):
        with pytest.raises((OSError, UnicodeDecodeError)) as caught:
            (tmp_path / name).read_text(encoding="utf-8")
        reasons.append(unread(caught.value))
    assert reasons == ["no such file or directory", "is a directory", "not a text in UTF-8, byte 0 is 0xe9"]
    assert unread(ValueError("line 1")) == "ValueError: line 1"


def test_nearest_keeps_the_case_of_what_is_known() -> None:
    assert nearest("resnet19", ["ResNet18", "vgg"]) == "did you mean ResNet18?"
    assert nearest("zzz", ["ResNet18"]) == ""
    assert near("resnet19", ["ResNet18", "ResNet19b"]) == "; did you mean 'ResNet19b'?"
    assert near("zzz", ["ResNet18"]) == ""


def test_few() -> None:
    assert few("abc", 2) == "a, b and 1 more"
    assert few("ab", 2) == "a, b"


def test_plural() -> None:
    said = [plural(1, "class"), plural(2, "class"), plural(1_000, "finding"), plural(0, "copy", "copies")]
    assert said == ["1 class", "2 classes", "1,000 findings", "0 copies"]
