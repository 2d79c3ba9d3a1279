import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional

from audit.images.decode import TooSmallError, UnreadableError, decode


def photograph(width: int, height: int, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise)


@pytest.mark.parametrize("size", [(90, 70), (70, 91), (64, 64), (200, 65)])
def test_pixels_are_those_of_torchvisions_evaluation_transform(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    photograph(*size).save(file)
    photo = decode(file, 56, 56, 64)
    path = transforms.Compose([transforms.Resize(64), transforms.CenterCrop(56)])
    assert torch.equal(photo.pixels, functional.pil_to_tensor(path(Image.open(file))))
    assert photo.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert not photo.stored


def test_exif_orientation_stands_the_photograph_upright(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    picture = photograph(40, 50)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(file, exif=exif)
    upright = picture.rotate(-90, expand=True)
    expected = torch.from_numpy(np.array(upright)).permute(2, 0, 1)
    assert torch.equal(decode(file, 40, 50, None).pixels, expected)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA"])
def test_modes_become_rgb(mode: str, tmp_path: Path) -> None:
    file = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    photograph(40, 40).convert(mode).save(file)
    assert decode(file, 32, 32, 36).pixels.shape == (3, 32, 32)


def test_pictures_of_the_target_size_are_taken_as_they_are_and_smaller_ones_never_enlarged(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.png"
    photograph(32, 32).save(file)
    photo = decode(file, 32, 32, 37)
    assert photo.stored
    assert torch.equal(photo.pixels, functional.pil_to_tensor(photograph(32, 32)))
    with pytest.raises(TooSmallError):
        decode(file, 30, 30, 37)
    with pytest.raises(TooSmallError):
        decode(file, 33, 30, None)


def test_damaged_files_are_unreadable(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    photograph(64, 64).save(whole)
    data = whole.read_bytes()
    for name, content in {"cut": data[:900], "text": b"no picture", "empty": b""}.items():
        file = tmp_path / f"{name}.png"
        file.write_bytes(content)
        with pytest.raises(UnreadableError):
            decode(file, 32, 32, 36)
    with pytest.raises(UnreadableError):
        decode(tmp_path / "missing.png", 32, 32, 36)
