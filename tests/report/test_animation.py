"""Animations read back by Pillow, and by ffprobe where it is there."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from audit.errors import OutputError
from audit.report import animation
from audit.report.animation import animate, require


@pytest.fixture
def frames(tmp_path):
    paths = []
    for number in range(5):
        pixels = np.full((31, 45, 3), 40 * number + 20, np.uint8)
        pixels[:, 8 * number : 8 * number + 6] = (250, 20, 40)
        paths.append(tmp_path / f"{number:04d}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("back, count", [(False, 5), (True, 8)])
def test_frames_order_colours_and_loop(frames, tmp_path, kind, back, count):
    file = animate(frames, tmp_path / f"dream.{kind}", kind, back=back)
    order = [0, 1, 2, 3, 4, 3, 2, 1][:count]
    with Image.open(file) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (count, (45, 31), 0)
        for place, number in enumerate(order):
            film.seek(place)
            pixels = np.asarray(film.convert("RGB")).astype(int)
            assert abs(pixels[15, 8 * number + 3] - (250, 20, 40)).max() < 40
            assert abs(pixels[15, -1] - (40 * number + 20)).max() < 10
            if kind == "gif":
                assert film.info["duration"] == 80
    assert file.read_bytes() == animate(frames, tmp_path / f"again.{kind}", kind, back=back).read_bytes()


def test_without_ffmpeg_the_fix_is_named(monkeypatch):
    monkeypatch.setattr(animation.shutil, "which", lambda name: None)
    with pytest.raises(OutputError, match=r"needs the program ffmpeg.*Fix: install ffmpeg, or --save gif"):
        require("mp4")
    assert require("gif") == "gif"
    with pytest.raises(OutputError, match="expected one of gif, webp, mp4, frames, got 'avi'"):
        require("avi")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffmpeg is not here")
def test_a_film_has_every_frame_and_even_sides(frames, tmp_path):
    file = animate(frames, tmp_path / "-dream.mp4", "mp4")
    ask = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-of", "csv=p=0"]
    wanted = ["-show_entries", "stream=width,height,nb_read_frames", str(file)]
    told = subprocess.run(ask + wanted, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "46,32,5"
