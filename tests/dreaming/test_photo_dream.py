"""`audit dream` on the command line and from Python: files, pages, zooms, errors."""

import itertools

import numpy as np
import pytest
import tiny
import torch
from PIL import Image

import audit
from audit.errors import ConfigError, ImageError, ModelError

QUICK = {"side": 48, "octaves": 2, "iterations": 2}
FLAGS = ("--side", "48", "--octaves", "2", "--iterations", "2")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("net"))


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    return tiny.photograph(tmp_path_factory.mktemp("photo") / "sea.png", side=60)


def test_one_layer_gives_a_lossless_picture_and_a_page(model, photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert tiny.command("dream", str(photo), "--model", model, "--layer", "2", "--out", str(out), *FLAGS) == 0
    assert capsys.readouterr().out.split() == [str(out / "dream.png"), str(out / "index.html")]
    first = (out / "dream.png").read_bytes()
    with Image.open(out / "dream.png") as picture:
        assert (picture.size, picture.mode) == ((48, 48), "RGB")
    page = (out / "index.html").read_text()
    assert "sea.png" in page
    assert "audit dream" in page
    again = audit.dream(photo, model, layer="2", out=tmp_path / "again", **QUICK)
    assert again.files[0].read_bytes() == first
    exact = np.asarray(Image.open(out / "dream.png")).transpose(2, 0, 1)
    assert np.array_equal((again.pictures["2"] * 255).numpy(), exact)
    other = audit.dream(photo, model, layer="2", out=tmp_path / "other", seed=1, **QUICK)
    assert other.files[0].read_bytes() != first


def test_without_a_layer_the_series_and_a_picture_does_not_depend_on_its_neighbours(model, photo, tmp_path):
    series = audit.dream(photo, model, out=tmp_path / "series", **QUICK)
    assert len(series.pictures) == len(series.files) > 1
    last = list(series.pictures)[-1]
    alone = audit.dream(photo, model, layer=last, out=tmp_path / "alone", **QUICK)
    assert torch.equal(alone.pictures[last], series.pictures[last])


def test_a_zoom_has_its_frames_in_every_form(model, photo, tmp_path):
    out = tmp_path / "zoom"
    asked = {"layer": "2", "out": out, "save": ["gif", "webp", "frames"], **QUICK}
    made = audit.dream(photo, model, zoom=5, **asked)
    assert [path.name for path in made.files] == ["dream.gif", "dream.webp", "frames"]
    for path in made.files[:2]:
        with Image.open(path) as film:
            assert film.n_frames == 5
            assert film.is_animated
    frames = sorted((out / "frames").iterdir())
    assert [path.name for path in frames] == [f"{i:04d}.png" for i in range(5)]
    pixels = [np.asarray(Image.open(path)).astype(float) for path in frames]
    assert all(np.abs(a - b).mean() > 1 for a, b in itertools.pairwise(pixels))
    means = np.array([p.mean((0, 1)) for p in pixels])
    assert np.abs(means - means[0]).max() < 2
    gif = (out / "dream.gif").read_bytes()
    audit.dream(photo, model, zoom=3, **asked)
    assert len(list((out / "frames").iterdir())) == 3
    audit.dream(photo, model, zoom=5, **asked)
    assert (out / "dream.gif").read_bytes() == gif


def test_from_noise(model, tmp_path):
    made = audit.dream("noise", model, layer="0:3", zoom=2, out=tmp_path / "out", **QUICK)
    assert made.pictures["0:3"].shape == (3, 36, 48)
    assert made.pictures["0:3"].std() > 0.05


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_many_channels_with_a_guide(photo, tmp_path, channels):
    model = tiny.write(tmp_path, seed=5, channels=channels)
    made = audit.dream(photo, model, layer="2", guide=photo, out=tmp_path / "out", **QUICK)
    assert made.pictures["2"].shape == (channels, 48, 48)
    with Image.open(made.files[0]) as picture:
        assert picture.mode == "L"


def test_what_is_wrong_is_said_before_anything_is_written(model, photo, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    with pytest.raises(ModelError, match=r"no layer '22'.*(did you mean|named like)"):
        audit.dream(photo, model, layer="22", out=out, **QUICK)
    with pytest.raises(ImageError, match=r"gone\.png: cannot use this photograph"):
        audit.dream(tmp_path / "gone.png", model, layer="2", out=out, **QUICK)
    with pytest.raises(ConfigError, match=r"side: expected at least the network's own side, 32 px, got 20"):
        audit.dream(photo, model, layer="2", side=20, out=out)
    with pytest.raises(ConfigError, match="zoom: a zoom dreams of one layer"):
        audit.dream(photo, model, layer=["0", "2"], zoom=2, out=out)
    with pytest.raises(ConfigError, match="strength: expected a number from 0 to 100, got nan"):
        audit.dream(photo, model, strength=float("nan"), out=out)
    monkeypatch.setenv("PATH", str(tmp_path))
    words = ("dream", str(photo), "--model", model, "--zoom", "2", "--save", "mp4", "--out", str(out))
    assert tiny.command(*words) == 2
    assert "install ffmpeg" in capsys.readouterr().err
    assert not out.exists()
