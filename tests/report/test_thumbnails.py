import base64
import io

import numpy as np
import pytest
from PIL import Image

from audit.errors import OutputError
from audit.report.thumbnails import DISPLAY, Thumbnails


def _picture(path, side, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return noise


def _decode(src):
    return Image.open(io.BytesIO(base64.b64decode(src.split(",")[1])))


@pytest.mark.parametrize("side", [32, 48])
def test_small_pictures_are_embedded_without_loss_and_enlarged_by_whole_factors(tmp_path, side):
    noise = _picture(tmp_path / "a.png", side)
    shown = Thumbnails(tmp_path, [("a.png", "chosen")]).get("a.png", "chosen")
    assert np.array_equal(np.asarray(_decode(shown.src).convert("RGB")), noise)
    assert shown.pixelated
    assert shown.width % side == 0
    assert side <= shown.width <= DISPLAY["chosen"]


@pytest.mark.parametrize("side", [64, 96, 127])
def test_pictures_under_128_pixels_keep_their_pixels(tmp_path, side):
    _picture(tmp_path / "a.png", side)
    shown = Thumbnails(tmp_path, [("a.png", "grid")]).get("a.png", "grid")
    assert _decode(shown.src).size == (side, side)
    assert shown.pixelated
    assert shown.width % side == 0


def test_large_pictures_are_reduced(tmp_path):
    _picture(tmp_path / "a.png", 300)
    shown = Thumbnails(tmp_path, [("a.png", "chosen")]).get("a.png", "chosen")
    assert max(_decode(shown.src).size) == 192
    assert not shown.pixelated


def test_many_pictures_are_encoded_within_the_budget(tmp_path):
    for index in range(12):
        _picture(tmp_path / f"{index}.png", 224, index)
    wanted = [(f"{index}.png", "other") for index in range(12)]
    sizes = {}
    for budget in (10**7, 10**5):
        thumbnails = Thumbnails(tmp_path, wanted, budget)
        sizes[budget] = sum(len(thumbnails.get(file, role).src) for file, role in wanted)
        assert sizes[budget] <= budget
    assert sizes[10**5] < sizes[10**7]


@pytest.mark.parametrize("file", ["../secret.png", "missing.png", "text.png"])
def test_what_is_no_picture_of_the_run_is_refused(tmp_path, file):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    _picture(tmp_path / "secret.png", 8)
    (run_dir / "text.png").write_text("not a picture")
    with pytest.raises(OutputError, match="run again"):
        Thumbnails(run_dir, [(file, "grid")])
