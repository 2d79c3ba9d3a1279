import os
from pathlib import Path

import pytest

from audit.images.discover import find, sort_out, survey


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def found(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find(folder)]


def test_pictures_at_any_depth_and_no_hidden_ones(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a/c.png", "a/notes.txt", ".cache/d.png", "a/.e.png", "a/b/c/d.webp", "z.JPEG")
    touch(tmp_path, "__MACOSX/a/c.png", "a/.ipynb_checkpoints/c.png", ".git/x.png", "@eaDir/c.png")
    assert found(tmp_path) == ["a/b/c/d.webp", "a/c.png", "b.JPG", "z.JPEG"]


def test_only_files(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing.jpg")
    touch(tmp_path, "x.jpg/y.jpg")
    assert found(tmp_path) == ["x.jpg/y.jpg"]


def test_other_files_are_named_with_the_reason(tmp_path: Path) -> None:
    touch(tmp_path, "a/b.png", "a/c.HEIC", "d.heic", "notes.txt", ".e.heic")
    pictures, others = sort_out(tmp_path)
    assert pictures == [tmp_path / "a" / "b.png"]
    why = "of a kind that is not read (.heic)"
    assert others == {tmp_path / "a" / "c.HEIC": why, tmp_path / "d.heic": why}
    assert (survey(tmp_path).pictures, survey(tmp_path).others) == (pictures, {why: 2})


def test_linked_folders_are_entered_once(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg", "elsewhere/b.jpg")
    tree = tmp_path / "tree"
    touch(tree, "class/c.jpg", "class/deep/d.jpg")
    (tree / "aaa").symlink_to(tree / "class")
    (tree / "class" / "loop").symlink_to(tree)
    (tree / "class" / "self").symlink_to(tree / "class")
    (tree / "linked").symlink_to(tmp_path / "real")
    (tree / "file.jpg").symlink_to(tmp_path / "elsewhere" / "b.jpg")
    assert found(tree) == ["class/c.jpg", "class/deep/d.jpg", "file.jpg", "linked/a.jpg"]


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="names of any bytes")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    names = [b"\xff\xfe.jpg", b"a\nb.jpg", b"<script>.jpg", "日本.jpg".encode()]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"")
    assert sorted(os.fsencode(path.name) for path in find(tmp_path)) == sorted(names)
