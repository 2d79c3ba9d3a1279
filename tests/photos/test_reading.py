import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, Grayscale, InterpolationMode, PILToTensor, Resize

from audit.errors import ImageError, PreprocessingError
from audit.photos import Entry
from audit.photos.reading import UnusableError, open_upright, prepare, read
from audit.records import Preprocessing


def path_of(
    height: int = 56,
    width: int = 56,
    resize: int | tuple[int, int] | None = 64,
    interpolation: str = "bilinear",
    channels: int = 3,
    enlarge: bool = False,
) -> Preprocessing:
    return Preprocessing(
        height=height,
        width=width,
        channels=channels,
        mean=(0.0,) * channels,
        std=(1.0,) * channels,
        resize=resize,
        interpolation=interpolation,
        enlarge=enlarge,
        sources={},
    )


def photograph(width: int, height: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def entry(path: Path, index: int = 0) -> Entry:
    return Entry(index, path, path.name, None, hashlib.sha256(path.read_bytes()).hexdigest(), False)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("size", [(90, 70), (70, 91), (64, 64), (200, 65), (333, 71), (64, 129)])
@pytest.mark.parametrize(
    "target",
    [(56, 56, 64), (64, 40, 64), (33, 56, 57), (56, 57, None), (64, 64, None), (33, 56, (60, 57))],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_equal_to_torchvisions_evaluation_transform(
    size: tuple[int, int], target: tuple[int, int, Any], interpolation: str, channels: int
) -> None:
    height, width, resize = target
    image = photograph(*size)
    found = prepare(image, path_of(height, width, resize, interpolation, channels))
    assert found.dtype == torch.uint8
    assert torch.equal(found, transformed(image, height, width, resize, interpolation, channels))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("size", [(20, 31), (31, 20), (90, 17), (56, 63), (1, 1)])
@pytest.mark.parametrize("target", [(56, 56, 64), (56, 57, None), (33, 56, (60, 57))])
def test_enlarged_as_torchvision_enlarges(
    size: tuple[int, int], target: tuple[int, int, Any], interpolation: str
) -> None:
    height, width, resize = target
    image = photograph(*size)
    found = prepare(image, path_of(height, width, resize, interpolation, enlarge=True))
    assert torch.equal(found, transformed(image, height, width, resize, interpolation))


def transformed(
    image: Image.Image, height: int, width: int, resize: Any, interpolation: str, channels: int = 3
) -> torch.Tensor:
    mode = InterpolationMode(interpolation)
    steps: list[Any] = [] if channels == 3 else [Grayscale()]
    if resize is None:
        steps += [Resize((height, width), mode)]
    else:
        steps += [Resize(resize, mode), CenterCrop((height, width))]
    return Compose([*steps, PILToTensor()])(image)


def test_a_strip_is_not_enlarged_without_bound() -> None:
    with pytest.raises(UnusableError, match="too narrow"):
        prepare(photograph(1, 20_000), path_of(enlarge=True))
    # The same proportions at a size that needs no enlarging.
    assert prepare(photograph(64, 20_000), path_of(enlarge=True)).shape == (3, 56, 56)


def test_what_was_enlarged_is_told(tmp_path: Path) -> None:
    for i, side in enumerate((90, 40, 64, 63)):
        photograph(side, side, seed=i).save(tmp_path / f"{i}.png")
    entries = [entry(tmp_path / f"{i}.png", i) for i in range(4)]
    assert read(entries, path_of(enlarge=True)).enlarged == {1, 3}
    kept = read(entries, path_of())
    assert (kept.indices, kept.enlarged) == ([0, 2], frozenset())


def test_small_photographs_are_not_enlarged() -> None:
    exact = photograph(32, 32)
    assert torch.equal(prepare(exact, path_of(32, 32, None)), PILToTensor()(exact))
    for size, target in (((32, 32), (32, 32, 36)), ((90, 63), (56, 56, 64)), ((31, 90), (32, 32, None))):
        with pytest.raises(UnusableError, match="too small"):
            prepare(photograph(*size), path_of(*target))


def test_other_channels_have_no_photographs() -> None:
    with pytest.raises(PreprocessingError, match="5"):
        prepare(photograph(90, 90), path_of(channels=5))


def test_read_keeps_the_order_and_names_what_it_skips(tmp_path: Path) -> None:
    for i, side in enumerate((90, 40, 70, 80)):
        photograph(side, side, seed=i).save(tmp_path / f"{i}.png")
    (tmp_path / "4.jpg").write_text("no picture")
    (tmp_path / "5.jpg").write_bytes(b"")
    entries = [entry(tmp_path / name, i) for i, name in enumerate(sorted(os.listdir(tmp_path)))]
    chosen = [entries[i] for i in (3, 0, 5, 1, 4, 2)]
    found = read(chosen, path_of())
    assert found.indices == [3, 0, 2]
    assert found.skipped == {
        5: "unreadable",
        1: "too small (shorter side under 64 px)",
        4: "unreadable",
    }
    for image, index in zip(found.images, found.indices, strict=True):
        alone = prepare(open_upright(tmp_path / f"{index}.png"), path_of())
        assert torch.equal((image * 255).round().byte(), alone)
    assert found.images.dtype == torch.float32
    nothing = read(chosen[2:3], path_of())
    assert nothing.images.shape == (0, 3, 56, 56)
    assert nothing.indices == []


def test_a_file_that_changed_or_vanished_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    photograph(90, 90).save(file)
    listed = entry(file)
    photograph(90, 90, seed=1).save(file)
    with pytest.raises(ImageError, match=r"a\.png.*content changed"):
        read([listed], path_of())
    file.unlink()
    with pytest.raises(ImageError, match=r"a\.png.*No such file"):
        read([listed], path_of())


def test_what_cannot_be_opened_has_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    reasons = {}
    for name in ("pipe.jpg", "folder.jpg", "missing.jpg"):
        with pytest.raises(UnusableError) as caught:
            open_upright(tmp_path / name)
        reasons[name] = caught.value.reason
    assert reasons == {"pipe.jpg": "not a file", "folder.jpg": "not a file", "missing.jpg": "unreadable"}
