import io
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from audit.image_stats import to_uint8_grid
from audit.images.png import png, read_picture
from audit.stages.artifacts import pack, unpack

ARRAYS = {"a": np.arange(12, dtype=np.int64).reshape(3, 4), "b": np.zeros((0, 5), np.float32)}


def test_arrays_come_back(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(pack(ARRAYS))
    found = unpack(tmp_path / "x.npz")
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_the_same_content_gives_the_same_bytes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    first, clock = pack(ARRAYS), time.time()
    monkeypatch.setattr(time, "time", lambda: clock + 1e6)
    assert pack(ARRAYS) == first


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}], dtype=object))
    (tmp_path / "x.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match="allow_pickle"):
        unpack(tmp_path / "x.npz")


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_pictures_come_back(channels: int, tmp_path: Path) -> None:
    image = to_uint8_grid(torch.rand(channels, 6, 7))
    (tmp_path / "a.png").write_bytes(png(image))
    assert torch.equal(read_picture(tmp_path / "a.png", channels), image)
