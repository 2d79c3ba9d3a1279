"""A file is written whole or not at all."""

import pytest

from audit import files
from audit.errors import OutputError


def test_content_and_folder_appear_and_nothing_else(tmp_path):
    files.write_whole(tmp_path / "a" / "b.bin", b"one")
    files.write_whole(tmp_path / "a" / "b.bin", b"two")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.bin"]
    assert (tmp_path / "a" / "b.bin").read_bytes() == b"two"


def test_a_failure_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "b.bin"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["b.bin"]
