import numpy as np
import pytest
import torch
from PIL import Image

from audit.errors import ImageError
from audit.photos.reading import whole


def saved(path, size=(60, 40), **options):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def test_sides_and_channels(tmp_path):
    path = saved(tmp_path / "a.png")
    assert whole(path, 3, 60, 10).shape == (1, 3, 40, 60)
    assert whole(path, 3, 30, 10).shape == (1, 3, 20, 30)
    assert whole(path, 1, 120, 10).shape == (1, 1, 80, 120)
    assert whole(path, 3, 48, 48).shape == (1, 3, 48, 72)
    grey = whole(path, 4, 60, 10)
    assert grey.shape == (1, 4, 40, 60)
    assert torch.equal(grey[:, 0], grey[:, 3])
    exact = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None].float() / 255
    assert torch.equal(whole(path, 3, 60, 10), exact)


def test_it_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    assert whole(saved(tmp_path / "a.jpg", exif=exif), 3, 60, 10).shape == (1, 3, 60, 40)


def test_what_cannot_be_used_is_named(tmp_path):
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"b\.png: cannot use this photograph \(unreadable\)\. Fix"):
        whole(tmp_path / "b.png", 3, 60, 10)
    with pytest.raises(ImageError, match="unreadable"):
        whole(tmp_path / "missing.png", 3, 60, 10)
    with pytest.raises(ImageError, match="at most 8 to 1, got 900 x 2 px"):
        whole(saved(tmp_path / "c.png", (900, 2)), 3, 60, 10)
