import io
import os
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit.images import safe_open as opening
from audit.images.safe_open import NO_FILE, TOO_DEEP, TOO_LARGE, UNREADABLE, UnusableError, opened, upright


def pixels(data: bytes) -> np.ndarray:
    return np.array(upright(io.BytesIO(data)))


def reason(data: bytes) -> str:
    with pytest.raises(UnusableError) as caught:
        upright(io.BytesIO(data))
    return caught.value.reason


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int, height: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG file of our own making: Pillow writes no 16-bit colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM", "BMP", "WEBP"])
def test_colours_are_kept(kind: str) -> None:
    picture = noise(9, 7)
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(pixels(saved(Image.fromarray(picture), kind, **options)), picture)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA"])
def test_other_modes_are_what_torchvisions_loader_makes_of_them(mode: str) -> None:
    picture = Image.fromarray(noise(9, 7, 4), "RGBA").convert(mode)
    assert np.array_equal(pixels(saved(picture, "PNG")), np.array(picture.convert("RGB")))


@pytest.mark.parametrize("kind, compression", [("PNG", None), ("TIFF", None), ("TIFF", "tiff_lzw")])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str, compression: str | None) -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    options = {"compression": compression} if compression else {}
    found = pixels(saved(Image.fromarray(values), kind, **options))
    assert np.array_equal(found, np.repeat((values >> 8)[..., None], 3, 2))


def test_sixteen_bit_pgm_is_scaled() -> None:
    values = np.array([[0, 300, 65535]], ">u2")
    assert pixels(b"P5 3 1 65535\n" + values.tobytes())[0, :, 0].tolist() == [0, 1, 255]


def test_sixteen_bit_colour_is_scaled() -> None:
    values = np.array([[[0, 258, 65535], [40000, 1000, 30000]]], ">u2")
    found = pixels(png(2, 1, 16, 2, b"\0" + values.tobytes()))
    assert np.array_equal(found, (values >> 8).astype(np.uint8))


def test_thirty_two_bits_are_refused() -> None:
    assert reason(saved(Image.fromarray(np.full((4, 4), 0.5, np.float32)), "TIFF")) == TOO_DEEP
    assert reason(saved(Image.fromarray(np.full((4, 4), 1 << 20, np.int32)), "TIFF")) == TOO_DEEP


def test_cmyk_jpeg_as_adobe_writes_it_inverted_has_its_colours() -> None:
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    found = pixels(saved(red, "JPEG", quality=100))
    assert np.abs(found.astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(orientation: int) -> None:
    original = Image.fromarray(noise(5, 4))
    moves = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    # How the camera stored it, so that the viewer's turn (6: clockwise) brings the original back.
    stored = original.transpose(moves[orientation]) if orientation in moves else original
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(pixels(saved(stored, "PNG", exif=exif)), np.array(original))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)
    with Image.open(io.BytesIO(data)) as file:
        assert file.n_frames == 3
    assert np.array_equal(pixels(data), np.array(frames[0]))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "PPM"])
def test_truncated_files_are_unreadable(kind: str) -> None:
    data = saved(Image.fromarray(noise(64, 64)), kind)
    for length in (0, 10, len(data) // 2, len(data) * 9 // 10):
        assert reason(data[:length]) == UNREADABLE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='...'/>",
        b"\0" * 999,
    ],
)
def test_what_is_no_raster_is_unreadable(data: bytes) -> None:
    assert reason(data) == UNREADABLE


def test_a_png_bomb_is_refused_unread() -> None:
    bomb = png(20_000, 20_000, 1, 0, bytes(20_000 * 2501))
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert reason(bomb) == TOO_LARGE
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()
    assert reason(png(8_000, 8_000, 1, 0, b"")) == TOO_LARGE


def test_a_gigantic_jpeg_is_decoded_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = Image.new("L", (20_000, 20_000), 200)
    assert flat.width * flat.height > 2 * (Image.MAX_IMAGE_PIXELS or 0)
    found = upright(io.BytesIO(saved(flat, "JPEG")))
    assert found.size == (5000, 5000)
    assert found.getextrema() == ((200, 200),) * 3
    monkeypatch.setattr(opening, "PIXELS", 5000)
    picture = Image.fromarray(noise(120, 90))
    assert upright(io.BytesIO(saved(picture, "JPEG"))).size == (60, 45)
    assert reason(saved(picture, "JPEG", progressive=True)) == TOO_LARGE
    assert reason(saved(picture, "PNG")) == TOO_LARGE


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    for name in ("pipe.jpg", "folder.jpg"):
        with pytest.raises(UnusableError) as caught, opened(tmp_path / name):
            pass
        assert caught.value.reason == NO_FILE
    with pytest.raises(FileNotFoundError), opened(tmp_path / "missing.jpg"):
        pass
    assert not before or len(os.listdir("/proc/self/fd")) == before


def test_warnings_stay_as_they_were_after_many_threads() -> None:
    before = list(warnings.filters)
    data = saved(Image.fromarray(noise(200, 200)), "JPEG")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: upright(io.BytesIO(data)), range(200)))
    assert list(warnings.filters) == before
