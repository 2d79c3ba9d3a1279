import os
import shutil
from pathlib import Path

import pytest
import tiny

from audit.errors import ImageError
from audit.photos.counterexample_folders import BEYOND, SAME, Counterexamples, scan_counterexamples


def given(folder: Path, *names: str) -> Path:
    """A photograph of each name, all different."""
    for number, name in enumerate(names):
        tiny.photograph(folder / name, number)
    return folder


def scanned(folder: Path, limit: int = 100, seed: int = 0) -> Counterexamples:
    return scan_counterexamples(folder, 4, limit=limit, seed=seed)


def names(found: Counterexamples) -> dict[str, list[str]]:
    return {kind: [entry.name for entry in photos.entries] for kind, photos in found.photos.items()}


def test_the_folder_itself_and_object_are_one_kind_and_part_the_other(tmp_path: Path) -> None:
    folder = given(
        tmp_path / "bare", "b.png", "a.png", "object/deep/er/c.png", "part/d.png", "part/.hidden.png"
    )
    (folder / "notes.txt").touch()
    found = scanned(folder)
    assert found.class_index == 4
    assert names(found) == {"object": ["a.png", "b.png", "object/deep/er/c.png"], "part": ["part/d.png"]}
    assert list(found.photos) == ["object", "part"]
    assert {photos.source for photos in found.photos.values()} == {folder.as_posix()}
    for photos in found.photos.values():
        assert [entry.index for entry in photos.entries] == list(range(len(photos.entries)))
        assert {entry.label for entry in photos.entries} == {None}
        assert (photos.found, photos.skipped) == (len(photos.entries), {})


def test_one_kind_alone(tmp_path: Path) -> None:
    assert names(scanned(given(tmp_path / "one", "part/d.png"))) == {"part": ["part/d.png"]}
    assert names(scanned(given(tmp_path / "two", "Object/d.png"))) == {"object": ["Object/d.png"]}
    (tmp_path / "three" / "object").mkdir(parents=True)
    assert names(scanned(given(tmp_path / "three", "d.png"))) == {"object": ["d.png"]}


def test_what_is_left_out_is_counted_where_it_lies(tmp_path: Path) -> None:
    folder = given(tmp_path / "bare", *(f"{i}.png" for i in range(5)), "part/a.png")
    shutil.copy(folder / "0.png", folder / "0 again.png")
    shutil.copy(folder / "part" / "a.png", folder / "1 too.png")  # of another kind: no second of its own
    for name in ("c.heic", "part/d.heic", "part/e.heic"):
        (folder / name).write_bytes(b"no picture")
    found = scanned(folder, limit=6).photos
    unread = "of a kind that is not read (.heic)"
    assert found["part"].skipped == {unread: 2}
    assert (found["part"].found, len(found["part"].entries)) == (3, 1)
    assert found["object"].found == 8
    kept = len(found["object"].entries)
    assert found["object"].skipped[BEYOND] == 1
    assert found["object"].skipped[unread] == 1
    assert sum(found["object"].skipped.values()) + kept == 8
    assert scanned(folder).photos["object"].skipped == {unread: 1, SAME: 1}


def test_the_seed_draws_beyond_the_limit(tmp_path: Path) -> None:
    folder = given(tmp_path / "bare", *(f"{i:02}.png" for i in range(30)))
    drawn = [names(scanned(folder, limit=5, seed=seed))["object"] for seed in (0, 0, 1)]
    assert len(drawn[0]) == 5
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    "files, message",
    [
        ([], "expected photographs of the object without the part, got no picture. Fix: give .jpg"),
        (["notes.txt"], "got no picture"),
        (["a.heic"], r"got no picture but 1 of a kind that is not read \(\.heic\)"),
        (["part/a.heic", "b.png"], "the part without the object, in `part`, got no picture but 1"),
        (["part/notes.txt", "b.png"], "the part without the object, in `part`, got no picture"),
        (["object/notes.txt", "part/b.png"], "of the object without the part, got no picture"),
        (["parts/a.png", "b.png"], 'expected no subfolders but `object` and `part`, got "parts"'),
        (["ev\x1b[2J\nil/a.png"], r'got "ev\\u001b\[2J\\u000ail"'),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_an_error(tmp_path: Path, files: list[str], message: str) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    with pytest.raises(ImageError, match=message):
        scanned(folder)


def test_no_folder_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"got nothing there.*check --counterexamples"):
        scanned(tmp_path / "gone")


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="names of any bytes")
def test_hostile_names_become_text(tmp_path: Path) -> None:
    for number, name in enumerate((b"\xff\xfe.png", b"a\nb.png", b"<script>.png")):
        tiny.photograph(tmp_path / "part" / os.fsdecode(name), number)
    tiny.photograph(tmp_path / os.fsdecode(b"\xe4.png"), 9)
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = names(scanned(tmp_path))
    assert set(found["part"]) == {"part/\\xff\\xfe.png", "part/a\nb.png", "part/<script>.png"}
    assert found["object"] == ["\\xe4.png"]
