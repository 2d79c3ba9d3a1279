import base64
import io

import numpy as np
import pytest
from PIL import Image

from audit.errors import OutputError
from audit.report.thumbnails import DISPLAY, GREY, LADDER, REACH, Difference, Thumbnails


def _picture(path, side, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return noise


def _decode(data):
    return Image.open(io.BytesIO(base64.b64decode(data)))


def _one(run_dir, role):
    thumbnails = Thumbnails(run_dir, [("a.png", role)])
    return thumbnails.get("a.png", role), _decode(thumbnails.encode(10**7)[0])


@pytest.mark.parametrize("side", [32, 48])
def test_small_pictures_are_embedded_without_loss_and_enlarged_by_whole_factors(tmp_path, side):
    noise = _picture(tmp_path / "a.png", side)
    shown, picture = _one(tmp_path, "chosen")
    assert np.array_equal(np.asarray(picture.convert("RGB")), noise)
    assert shown.pixelated
    assert shown.width % side == 0
    assert side <= shown.width <= DISPLAY["chosen"]


@pytest.mark.parametrize("side", [64, 96, 127])
def test_pictures_under_128_pixels_keep_their_pixels(tmp_path, side):
    _picture(tmp_path / "a.png", side)
    shown, picture = _one(tmp_path, "grid")
    assert picture.size == (side, side)
    assert shown.pixelated
    assert shown.width % side == 0


def test_large_pictures_are_reduced(tmp_path):
    _picture(tmp_path / "a.png", 300)
    shown, picture = _one(tmp_path, "chosen")
    assert max(picture.size) == LADDER[0]["chosen"][0] < 300
    assert (shown.width, shown.height) == (192, 192)
    assert not shown.pixelated


def test_many_pictures_are_encoded_within_the_budget(tmp_path):
    for index in range(12):
        _picture(tmp_path / f"{index}.png", 224, index)
    thumbnails = Thumbnails(tmp_path, [(f"{index}.png", "other") for index in range(12)])
    rich, poor = (sum(map(len, thumbnails.encode(budget))) for budget in (10**7, 10**5))
    assert poor <= 10**5 < rich <= 10**7


def test_a_picture_shown_in_several_places_is_encoded_once_for_the_largest(tmp_path):
    _picture(tmp_path / "a.png", 224)
    thumbnails = Thumbnails(tmp_path, [("a.png", "grid"), ("a.png", "chosen"), ("a.png", "other")])
    assert thumbnails.get("a.png", "grid").key == thumbnails.get("a.png", "chosen").key
    assert thumbnails.get("a.png", "grid").width == DISPLAY["grid"]
    (data,) = thumbnails.encode(10**7)
    assert _decode(data).size == (224, 224)


def test_a_difference_is_a_picture_of_its_own(tmp_path):
    noise = _picture(tmp_path / "a.png", 32)
    Image.fromarray(np.where(noise > 128, noise - 4, noise + 4).astype(np.uint8)).save(tmp_path / "b.png")
    difference = Difference("a.png", "b.png")
    thumbnails = Thumbnails(tmp_path, [("a.png", "example"), (difference, "example")])
    key, factor = thumbnails.get(difference, "example").key, thumbnails.factor(difference)
    assert factor == REACH // 4
    shown = np.asarray(_decode(thumbnails.encode(10**7)[key]).convert("RGB"), dtype=int)
    assert np.array_equal(shown, np.where(noise > 128, GREY - 4 * factor, GREY + 4 * factor))


def test_pictures_of_two_sizes_have_no_difference(tmp_path):
    _picture(tmp_path / "a.png", 32)
    _picture(tmp_path / "b.png", 33)
    with pytest.raises(OutputError, match="one size"):
        Thumbnails(tmp_path, [(Difference("a.png", "b.png"), "example")])


@pytest.mark.parametrize("file", ["../secret.png", "missing.png", "text.png"])
def test_what_is_no_picture_of_the_run_is_refused(tmp_path, file):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    _picture(tmp_path / "secret.png", 8)
    (run_dir / "text.png").write_text("not a picture")
    with pytest.raises(OutputError, match="run again"):
        Thumbnails(run_dir, [(file, "grid")])
