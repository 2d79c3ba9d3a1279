"""What a unit in work keeps."""

from pathlib import Path

import numpy as np
import pytest

from audit.stages import checkpoint
from audit.stages.checkpoint import Checkpoint

STATE = {"a": np.arange(5), "b/1": np.ones((2, 3), dtype=np.float32)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which tests set."""
    now = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    return now


def test_what_is_kept_is_read_by_the_next_process(tmp_path: Path, clock: list[float]) -> None:
    first, path = Checkpoint(), tmp_path / "unit.npz"
    first.begin(path)
    assert first.read() is None
    clock[0] += 19
    first.offer(lambda: STATE)
    assert not path.exists()
    clock[0] += 2
    first.offer(lambda: STATE)
    second = Checkpoint()
    second.begin(path)
    kept = second.read()
    assert kept is not None
    assert kept.keys() == STATE.keys()
    assert all(np.array_equal(kept[name], STATE[name]) for name in STATE)
    assert second.before == 21
    clock[0] += 30
    second.offer(lambda: STATE)
    third = Checkpoint()
    third.begin(path)
    assert third.read() is not None
    assert third.before == 51
    third.end()
    assert not path.exists()
    third.begin(path)
    assert third.before == 0


def test_on_a_slow_disk_it_writes_seldom(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[float] = []

    def slow(path: Path, data: bytes) -> None:
        clock[0] += 2
        written.append(clock[0])

    monkeypatch.setattr(checkpoint, "write_whole", slow)
    own = Checkpoint()
    own.begin(tmp_path / "unit.npz")
    for _ in range(1000):
        clock[0] += 1
        own.offer(lambda: STATE)
    assert len(written) == 5  # one in 200 seconds, the first after 20


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut", b"no archive", None])
def test_a_damaged_file_is_as_none(tmp_path: Path, clock: list[float], damage: bytes | None) -> None:
    path, own = tmp_path / "unit.npz", Checkpoint()
    own.begin(path)
    clock[0] += 60
    own.offer(lambda: STATE)
    data = path.read_bytes()
    flipped = data[:200] + bytes([data[200] ^ 255]) + data[201:]
    path.write_bytes(flipped if damage is None else damage)
    assert own.read() is None
    assert own.before == 0


def test_objects_are_never_read(tmp_path: Path) -> None:
    path, own = tmp_path / "unit.npz", Checkpoint()
    np.savez(path, a=np.array([{}], dtype=object), elapsed=np.array(1.0))
    own.begin(path)
    assert own.read() is None


def test_a_full_disk_does_not_end_the_unit(tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "file").write_text("")
    own = Checkpoint()
    own.begin(tmp_path / "file" / "unit.npz")
    clock[0] += 60
    own.offer(lambda: STATE)
    own.end()


def test_without_a_unit_nothing_is_kept(clock: list[float]) -> None:
    own = Checkpoint()
    clock[0] += 1000
    own.offer(lambda: STATE)
    own.end()
    assert own.read() is None
