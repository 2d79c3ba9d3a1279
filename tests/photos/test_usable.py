import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audit.photos.reading
from audit.errors import ImageError
from audit.photos import Entry, PhotoSet, require_usable
from audit.photos.reading import BATCH
from audit.records import Preprocessing

INPUT = Preprocessing(
    height=8, width=8, channels=3, mean=(0.5,), std=(0.5,), resize=10, interpolation="bilinear", sources={}
)


def photos(folder: Path, good: set[int], count: int, skipped: dict[str, int] | None = None) -> PhotoSet:
    """`count` files of which those in `good` can be used; of the rest every other is too small."""
    entries = []
    for index in range(count):
        side = 12 if index in good else 9
        buffer = io.BytesIO()
        Image.fromarray(np.full((side, side, 3), index % 256, np.uint8)).save(buffer, "PNG")
        data = buffer.getvalue() if index in good or index % 2 else bytes([index])
        path = folder / f"{index}.png"
        path.write_bytes(data)
        entries.append(Entry(index, path, path.name, None, hashlib.sha256(data).hexdigest(), False))
    return PhotoSet("photos", "own answers", count, tuple(entries), skipped or {}, ())


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Indices of the photographs that are read."""
    seen: list[int] = []
    original = audit.photos.reading.read

    def noting(entries, input):
        seen.extend(entry.index for entry in entries)
        return original(entries, input)

    monkeypatch.setattr(audit.photos.reading, "read", noting)
    return seen


def test_one_good_one_is_found_wherever_it_is(tmp_path: Path, tried: list[int]) -> None:
    for place in (0, 1, 49):
        tried.clear()
        require_usable(photos(tmp_path, {place}, 50), INPUT)
        assert place in tried
        assert len(tried) == len(set(tried))


def test_where_the_first_are_good_no_more_are_read(tmp_path: Path, tried: list[int]) -> None:
    require_usable(photos(tmp_path, set(range(50)), 50), INPUT)
    assert len(tried) == BATCH


def test_every_reason_is_counted(tmp_path: Path, tried: list[int]) -> None:
    with pytest.raises(ImageError, match="of 10 px or more, none of 41 can be used") as caught:
        require_usable(photos(tmp_path, set(), 41, {"elsewhere": 3}), INPUT)
    assert "(21 unreadable, 20 too small (shorter side under 10 px), 3 elsewhere)" in str(caught.value)
    assert "add --enlarge" in str(caught.value)
    assert sorted(tried) == list(range(41))


def test_no_entry_at_all(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"\(2 unreadable\).*give others") as caught:
        require_usable(PhotoSet("photos", "own answers", 2, (), {"unreadable": 2}, ()), INPUT)
    assert "--enlarge" not in str(caught.value)
    with pytest.raises(ImageError, match="give others with --counterexamples, or leave it out"):
        require_usable(PhotoSet("bare", "own answers", 1, (), {}, ()), INPUT, "--counterexamples")


def test_small_ones_are_usable_where_they_are_enlarged(tmp_path: Path) -> None:
    given = photos(tmp_path, set(), 41)
    require_usable(given, INPUT.model_copy(update={"enlarge": True}))
    with pytest.raises(ImageError, match="none of 41"):
        require_usable(given, INPUT)
