"""Photographs that cannot be used end in one line with its fix; those that can be are used beside them."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny

GOOD = "net1.py:make"
FEW = ("robustness.steps=2", "robustness.images=4")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    return tmp_path


def line_of(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that refused."""
    said = capsys.readouterr()
    said = said._replace(err=re.sub(r"\Aloading [^\n]*\n", "", said.err))
    assert (code, said.out) == (2, ""), said.err
    assert re.fullmatch(r"audit: [^\n]+ Fix: [^\n]+\n", said.err), said.err
    return said.err


@pytest.fixture
def photos(place: Path) -> Path:
    """Photographs of two classes, and folders of photographs that cannot be used."""
    for number in range(6):
        tiny.photograph(place / "photos" / ("banana", "dumbbell")[number % 2] / f"{number}.png", number)
        tiny.photograph(place / "small" / "banana" / f"{number}.png", number, side=31)
        tiny.photograph(place / "foreign" / ("dumbell", "cat")[number % 2] / f"{number}.png", number)
        broken = place / "broken" / "banana" / f"{number}.png"
        broken.parent.mkdir(parents=True, exist_ok=True)
        broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    (place / "regular").write_text("a file\n")
    (place / "empty").mkdir()
    (place / "texts" / "banana").mkdir(parents=True)
    (place / "texts" / "banana" / "notes.txt").write_text("no picture\n")
    (place / "dangling").symlink_to("gone")
    return place / "photos"


@pytest.mark.parametrize(
    "images, message",
    [
        ("gone", r"gone: expected a folder of photographs, got nothing there.*--images"),
        ("dangling", "expected a folder of photographs, got nothing there"),
        ("n" * 300, "expected a folder of photographs, got nothing there"),
        ("regular", "regular: expected a folder of photographs, got a file"),
        ("photos/banana/0.png", "expected a folder of photographs, got a file"),
        ("empty", r"empty: expected a folder of photographs, got no picture in it.*\.png"),
        ("texts", "got no picture in it"),
        ("foreign", r'expected folders named by class, got "cat", "dumbell".*nearest classes are dumbbell'),
        ("broken", r"broken: expected .*32 x 32 px or more, none of 6 can be used \(6 unreadable\)"),
        ("small", r"none of 6 can be used \(6 too small \(under 32 x 32 px\)\)"),
    ],
    ids=lambda value: value[:20],
)
@pytest.mark.usefixtures("photos")
def test_photographs_that_cannot_be_used(
    place: Path, capsys: pytest.CaptureFixture[str], images: str, message: str
) -> None:
    before = tiny.tree(place)
    for verb in ("run", "plan"):
        line = line_of(tiny.command(verb, GOOD, *tiny.flags(), "--images", images), capsys)
        assert re.search(message, line), line
    assert tiny.tree(place) == before


def test_photographs_for_a_network_without_colours(
    place: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.write(place, seed=2, channels=4)
    line = line_of(tiny.command("run", "net2.py:make", *tiny.flags(), "--images", "photos"), capsys)
    assert "leave --images out" in line


def information(out: Path) -> dict[str, Any]:
    return json.loads((out / "results.json").read_text())["photographs"]


def test_broken_photographs_among_good_ones_are_counted(place: Path, photos: Path) -> None:
    (photos / "banana" / "0.png").write_bytes(b"no picture")
    whole = (photos / "banana" / "2.png").read_bytes()
    (photos / "banana" / "2.png").write_bytes(whole[: len(whole) // 2])
    tiny.photograph(photos / "banana" / "small.png", side=16)
    os.mkfifo(photos / "dumbbell" / "pipe.png")
    words = ["run", GOOD, *tiny.flags(*FEW), "--images", "photos", "--out", "run"]
    assert tiny.command(*words) == 0
    found = information(place / "run")
    assert (found["found"], found["used"]) == (7, 4)
    assert found["skipped"] == {"unreadable": 2, "too small (under 32 x 32 px)": 1}
    assert [p["name"] for p in found["photographs"]] == [
        "banana/4.png", "dumbbell/1.png", "dumbbell/3.png", "dumbbell/5.png",
    ]  # fmt: skip


def test_file_names_drive_neither_the_terminal_nor_the_page(
    place: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters, line ends, another direction, markup, bytes that are no text."""
    names = [
        "a\x1b[2J\nb.png",
        "\u202egnp.png",
        "<script>alert(1)<\u2028script>.png",
        os.fsdecode(b"\xff\xfe.png"),
    ]
    for number, name in enumerate(names):
        tiny.photograph(photos / "banana" / name, 10 + number)
    tiny.photograph(photos / "ev\x1b[31mil\n<blink>" / "0.png")
    words = ["run", GOOD, *tiny.flags(*FEW), "--images", "photos", "--out", "run", "--policy", "release"]
    assert tiny.command(*words) in (0, 1)
    said = capsys.readouterr()
    assert all(line.isprintable() for line in (said.out + said.err).split("\n"))
    found = information(place / "run")
    assert found["used"] == 10
    assert {"banana/" + name for name in names[:3]} < {p["name"] for p in found["photographs"]}
    for document in ("index.html", "classes.csv"):
        text = (place / "run" / document).read_text()
        assert not set("\x1b\u202e\u2028") & set(text), document
        assert "<script>alert" not in text
        assert "<blink>" not in text


def test_a_class_folder_that_is_called_badly_ends_in_one_printable_line(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.photograph(place / "odd\x1b[2J" / "ev\x1b[31mil\n\u202e" / "0.png")
    line = line_of(tiny.command("run", GOOD, "--images", "odd\x1b[2J"), capsys)
    assert line.rstrip("\n").isprintable()
    assert "expected folders named by class" in line


@pytest.mark.parametrize("blocked", ["images/photographs", "units/photographs", "units/robustness"])
def test_an_output_that_cannot_be_written(
    place: Path, photos: Path, capsys: pytest.CaptureFixture[str], blocked: str
) -> None:
    """A file stands where a folder is needed: refused to every user, as a read-only folder is not to root."""
    words = ["run", GOOD, *tiny.flags(*FEW), "--out", "run"]
    assert tiny.command(*words) == 0
    shutil.rmtree(place / "run" / blocked, ignore_errors=True)
    (place / "run" / blocked).touch()
    capsys.readouterr()
    assert tiny.command(*words, "--images", "photos") == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = [line for line in said.err.splitlines() if line.startswith("audit: ")]
    assert re.search(rf"{blocked}/\S+: cannot write \(.*Fix: .*--out", line), line
    assert "Traceback" not in said.err
    (place / "run" / blocked).unlink()
    assert tiny.command(*words, "--images", "photos") == 0


def test_small_photographs_are_used_where_they_are_enlarged(
    place: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Used, told apart, said in the results, on the page and by the command; never measured as natural."""
    for number in range(3):
        tiny.photograph(photos / "banana" / f"small{number}.png", 10 + number, side=16)
    words = ["run", GOOD, *tiny.flags(*FEW), "--images", "photos"]
    assert tiny.command(*words, "--out", "left-out") == 0
    found = information(place / "left-out")
    assert (found["used"], found["enlarged"]) == (6, 0)
    assert "3 photographs left out as too small" in capsys.readouterr().err
    assert any("--enlarge" in note for note in found["notes"])

    assert tiny.command(*words, "--out", "enlarged", "--enlarge") == 0
    found = information(place / "enlarged")
    assert (found["used"], found["enlarged"], found["skipped"]) == (9, 3, {})
    names = {p["name"] for p in found["photographs"] if p["enlarged"]}
    assert names == {f"banana/small{number}.png" for number in range(3)}
    assert "3 of 9 photographs were too small and were enlarged" in capsys.readouterr().err
    page = (place / "enlarged" / "index.html").read_text("utf-8")
    assert "3 of 9 photographs were too small and were enlarged" in page
    results = json.loads((place / "enlarged" / "results.json").read_text())
    assert results["robustness"]["shifts"]
    assert results["model"]["input"]["enlarge"] is True

    line = line_of(tiny.command(*words, "--out", "left-out", "--enlarge"), capsys)
    assert "model preprocessing enlarge was None, is True" in line


def test_all_too_small(place: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["run", GOOD, *tiny.flags(*FEW), "--images", "small", "--out", "run"]
    assert "add --enlarge" in line_of(tiny.command(*small), capsys)
    assert tiny.command(*small, "--enlarge") == 0
    assert information(place / "run")["enlarged"] == 6
    attacked = json.loads((place / "run" / "results.json").read_text())["robustness"]
    assert (bool(attacked["attacked"]), attacked["shifts"]) == (True, [])
