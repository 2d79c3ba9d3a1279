import base64
import hashlib
import io
import os
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from audit.errors import ImageError
from audit.image_stats import Baseline, bundled
from audit.images.discover import Found
from audit.photos import PhotoSet, scan, scanning
from audit.records import ClassLabel

NAMES = ("banana", "cash machine", "crane", "crane", "goldfish")
CLASSES = [
    ClassLabel(index=i, id=f"n0000000{i}", name=name, full=f"{name}, {name}oid{i}")
    for i, name in enumerate(NAMES)
]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def scanned(folder: Path, limit: int = 100, seed: int = 0) -> PhotoSet:
    return scan(folder, CLASSES, limit=limit, seed=seed, baseline=None)


def test_folders_by_id_name_and_both(tmp_path: Path) -> None:
    files = ("n00000000/a.jpg", "Cash_Machine/b.png", "n00000002 crane/c.jpg", "goldfish/deep/er/d.jpg")
    touch(tmp_path, *files, "goldfish/notes.txt", "goldfish/.hidden.jpg")
    photos = scanned(tmp_path)
    assert {e.name: e.label for e in photos.entries} == dict(zip(files, (0, 1, 2, 4), strict=True))
    assert [e.index for e in photos.entries] == [0, 1, 2, 3]
    assert [e.name for e in photos.entries] == sorted(files)
    assert all(e.sha256 == hashlib.sha256(e.name.encode()).hexdigest() for e in photos.entries)
    assert (photos.kind, photos.found, dict(photos.skipped), photos.notes) == ("labelled", 4, {}, ())


def test_class_folders_may_lie_deeper_and_the_outermost_decides(tmp_path: Path) -> None:
    touch(tmp_path, "val/banana/a.jpg", "train/goldfish/banana/b.jpg")
    assert {e.name: e.label for e in scanned(tmp_path).entries} == {
        "val/banana/a.jpg": 0,
        "train/goldfish/banana/b.jpg": 4,
    }


def test_what_has_no_class_is_counted_and_said(tmp_path: Path) -> None:
    touch(tmp_path, "banana/a.jpg", "dog/b.jpg", "dog/c.jpg", "cat/e.jpg", "loose.jpg", "crane/f.jpg")
    photos = scanned(tmp_path)
    assert [e.name for e in photos.entries] == ["banana/a.jpg"]
    assert photos.found == 6
    assert photos.skipped == {scanning.NO_CLASS: 4, scanning.AMBIGUOUS: 1}
    notes = "\n".join(photos.notes)
    for part in (
        '"cat"',
        '"dog"',
        "beside the folders",
        '"crane" is the name of several',
        "n00000002, n00000003",
    ):
        assert part in notes


def test_folders_none_of_which_is_a_class_are_an_error_with_the_nearest(tmp_path: Path) -> None:
    touch(tmp_path, "bananna/a.jpg", "n00000009/b.jpg", "c.jpg")
    with pytest.raises(ImageError, match=r'"bananna", "n00000009".*nearest classes are banana, n0000000'):
        scanned(tmp_path)
    touch(tmp_path / "other", "crane/a.jpg")
    with pytest.raises(ImageError, match=r'"crane" fits several.*n00000002, n00000003'):
        scanned(tmp_path / "other")


def test_no_folder_and_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no picture in it"):
        scanned(tmp_path)
    with pytest.raises(ImageError, match="expected a folder"):
        scanned(tmp_path / "missing")


def test_a_jpeg_of_another_ending_is_used_and_others_are_counted(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    touch(tmp_path, "crane/b.heic", "banana/a.jpg", "banana/c.HEIC", "goldfish/d.avif", "banana/list.txt")
    touch(tmp_path, "banana/odd.<b>")
    for name in ("banana/e.jfif", "goldfish/f", "goldfish/g.data"):
        (tmp_path / name).write_bytes(picture.getvalue())
    found = scanned(tmp_path)
    assert [entry.name for entry in found.entries] == [
        "banana/a.jpg", "banana/e.jfif", "goldfish/f", "goldfish/g.data"
    ]  # fmt: skip
    kind = "of a kind that is not read"
    assert found.skipped == {f"{kind} (.heic)": 2, f"{kind} (.avif)": 1, f"{kind} (another ending)": 1}
    assert found.found == 8, "used and skipped, without the text"


def test_a_folder_of_kinds_that_are_not_read_says_so(tmp_path: Path) -> None:
    touch(tmp_path, "a.heic", "b.heic")
    with pytest.raises(ImageError, match=r"no picture in it but 2 of a kind that is not read \(\.heic\)"):
        scanned(tmp_path)


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i:02}.jpg" for i in range(20)))
    photos = scanned(tmp_path)
    assert photos.kind == "own answers"
    assert {e.label for e in photos.entries} == {None}
    assert photos.even(4) == (0, 5, 10, 15)


def test_the_limit_is_spread_over_the_classes(tmp_path: Path) -> None:
    touch(tmp_path, *(f"banana/{i}.jpg" for i in range(50)), *(f"goldfish/{i}.jpg" for i in range(3)))
    photos = scanned(tmp_path, limit=10)
    assert Counter(e.label for e in photos.entries) == {0: 7, 4: 3}
    assert photos.found == 53
    assert any("10 of 53 photographs used" in note for note in photos.notes)
    names = [e.name for e in photos.entries]
    assert names == [e.name for e in scanned(tmp_path, limit=10).entries]
    assert names != [e.name for e in scanned(tmp_path, limit=10, seed=1).entries]


def test_files_that_cannot_be_hashed_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "banana/a.jpg", "banana/b.jpg", "banana/c.jpg")
    listed = scanning.survey

    def and_one_vanishes(folder: Path) -> Found:
        found = listed(folder)
        found.pictures[1].unlink()
        return found

    monkeypatch.setattr(scanning, "survey", and_one_vanishes)
    photos = scanned(tmp_path)
    assert [(e.index, e.name) for e in photos.entries] == [(0, "banana/a.jpg"), (1, "banana/c.jpg")]
    assert photos.skipped == {"unreadable": 1}


def test_a_huge_file_is_hashed_in_pieces(tmp_path: Path) -> None:
    touch(tmp_path, "banana/a.jpg")
    with open(tmp_path / "banana" / "a.jpg", "wb") as file:
        file.truncate(64 * 2**20)
    tracemalloc.start()
    (entry,) = scanned(tmp_path).entries
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()
    assert entry.sha256 == hashlib.sha256(bytes(64 * 2**20)).hexdigest()


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="names of any bytes")
def test_hostile_names_become_text(tmp_path: Path) -> None:
    folder = tmp_path / "banana"
    folder.mkdir()
    for name in (b"\xff\xfe.jpg", b"a\nb.jpg", b"<script>.jpg"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(name)
    (tmp_path / os.fsdecode(b"\xe4dog")).mkdir()
    (tmp_path / os.fsdecode(b"\xe4dog") / "x.jpg").write_bytes(b"")
    photos = scanned(tmp_path)
    names = {e.name for e in photos.entries}
    assert names == {"banana/\\xff\\xfe.jpg", "banana/a\nb.jpg", "banana/<script>.jpg"}
    "".join([*names, *photos.notes, photos.source]).encode("utf-8")


def test_photographs_of_the_baseline_are_recognised(tmp_path: Path) -> None:
    baseline = bundled(32, 32)
    assert baseline is not None
    touch(tmp_path, "a.jpg")
    # A model_copy would keep the hashes that the original has decoded already.
    hashes = base64.b64encode(hashlib.sha256(b"a.jpg").digest()[:8]).decode()
    known = Baseline.model_validate({**baseline.model_dump(), "hashes": hashes})
    assert scan(tmp_path, CLASSES, limit=9, seed=0, baseline=known).entries[0].in_baseline
    assert not scan(tmp_path, CLASSES, limit=9, seed=0, baseline=baseline).entries[0].in_baseline
