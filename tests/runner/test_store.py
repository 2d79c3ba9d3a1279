import hashlib
import json
import os
from pathlib import Path

import pytest

from audit.errors import OutputError
from audit.records.unit_records import StatisticsUnit, UnitRecord
from audit.runner.store import Store

FILES = {"images/pictures/a.png": b"first", "images/pictures/b.png": b"second"}
HEADER = {"version": 1, "model": {}}


def record(key: str = "k", stage: str = "s") -> UnitRecord:
    files = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    return UnitRecord(
        stage=stage,
        version=1,
        key=key,
        keys=[key],
        of="classes",
        items=[0],
        files=files,
        views=1,
        seconds=1,
        body=StatisticsUnit(values={}),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "deep" / "run")
    with made.locked():
        made.begin(HEADER, fresh=False)
    return made


def test_what_is_saved_is_loaded(store: Store) -> None:
    assert store.load("s", "k", StatisticsUnit) is None
    store.save(record(), FILES)
    assert store.load("s", "k", StatisticsUnit) == record()
    assert store.load("s", "other", StatisticsUnit) is None
    assert (store.folder / "images/pictures/a.png").read_bytes() == b"first"
    assert store.header() == HEADER


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_failure_before_the_record_leaves_no_finished_unit(
    store: Store, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """The process ends after so many of the unit's three files."""
    rename, done = os.replace, []

    def failing(source: Path, target: Path) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        rename(source, target)
        done.append(target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(KeyboardInterrupt):
        store.save(record(), FILES)
    monkeypatch.undo()
    assert store.load("s", "k", StatisticsUnit) is None
    assert len(list(store.folder.rglob("*.png"))) - len(list(store.folder.rglob(".tmp-*.png"))) == writes
    assert [path.name for path in store.folder.rglob(".tmp-*")]
    store.begin(HEADER, fresh=False)
    assert not list(store.folder.rglob(".tmp-*"))
    store.save(record(), FILES)
    assert store.load("s", "k", StatisticsUnit) == record()


def test_a_full_disk_is_said_and_leaves_no_half_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(record(), FILES)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OutputError, match=r"a\.png: cannot write \(No space left on device\).*free some space"
    ):
        store.write("images/pictures/a.png", b"x" * 100)
    monkeypatch.undo()
    assert (store.folder / "images/pictures/a.png").read_bytes() == b"first"
    assert not list(store.folder.rglob(".tmp-*"))


def change(path: Path) -> None:
    path.write_bytes(b"other")


def remove(path: Path) -> None:
    path.unlink()


def a_folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [change, remove, a_folder_instead], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ["images/pictures/b.png", "units/s/k.json"])
def test_a_unit_is_finished_only_while_all_of_it_stands(store: Store, damage: object, name: str) -> None:
    store.save(record(), FILES)
    assert callable(damage)
    damage(store.folder / name)
    assert store.load("s", "k", StatisticsUnit) is None


def test_a_record_under_another_name_is_none(store: Store) -> None:
    store.save(record(), FILES)
    source = store.folder / "units/s/k.json"
    (store.folder / "units/s/other.json").write_bytes(source.read_bytes())
    assert store.load("s", "other", StatisticsUnit) is None


@pytest.mark.parametrize("text", ["[]", '"run"', "{}", '{"version": 1}', "null", "{", "\0"])
def test_headers_of_others(store: Store, text: str) -> None:
    (store.folder / "run.json").write_text(text)
    with pytest.raises(OutputError, match=r"run\.json.*--out FOLDER"):
        store.header()


def test_new_folders_have_no_header(tmp_path: Path) -> None:
    assert Store(tmp_path / "none").header() is None
    assert Store(tmp_path).header() is None
    assert list(tmp_path.iterdir()) == []


def test_fresh_removes_documents_before_pictures(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped half-way, no document names pictures that are gone, and the folder is still that of a run."""
    store.save(record(), FILES)
    for name in ("index.html", "results.json", "classes.csv"):
        store.write(name, b"old")

    def stop(path: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("shutil.rmtree", stop)
    with pytest.raises(OutputError, match="cannot remove"):
        store.begin(HEADER, fresh=True)
    monkeypatch.undo()
    assert sorted(p.name for p in store.folder.iterdir()) == [".lock", "images", "run.json", "units"]
    assert store.header() == HEADER
    store.begin({**HEADER, "model": {"a": 1}}, fresh=True)
    assert sorted(p.name for p in store.folder.iterdir()) == [".lock", "run.json"]
    assert json.loads((store.folder / "run.json").read_text())["model"] == {"a": 1}


def test_fresh_follows_no_link_out_of_the_folder(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "photos"
    elsewhere.mkdir()
    (elsewhere / "holiday.png").write_bytes(b"dear")
    (store.folder / "images").symlink_to(elsewhere)
    store.begin(HEADER, fresh=True)
    assert (elsewhere / "holiday.png").read_bytes() == b"dear"
    assert not (store.folder / "images").exists()


def test_the_lock_follows_no_link_and_empties_nothing(tmp_path: Path) -> None:
    dear = tmp_path / "dear.txt"
    dear.write_text("dear")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".lock").symlink_to(dear)
    with pytest.raises(OutputError, match="cannot write"), Store(folder).locked():
        pytest.fail("locked a file elsewhere")
    assert dear.read_text() == "dear"


def test_one_at_a_time(store: Store) -> None:
    refused = pytest.raises(OutputError, match="another run is working")
    with store.locked(), refused, Store(store.folder).locked():
        pytest.fail("two runs in one folder")
    with Store(store.folder).locked():
        assert (store.folder / ".lock").exists()


def test_whether_a_folder_is_free_is_told_without_writing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Store(tmp_path / "far" / "below")
    new.require_free()
    assert not (tmp_path / "far").exists()
    with store.locked(), pytest.raises(OutputError, match="another run is working"):
        Store(store.folder).require_free()
    store.require_free()
    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path)
    with pytest.raises(OutputError, match=r"cannot write to the output folder \(Permission denied\)"):
        new.require_free()
    store.require_free()
