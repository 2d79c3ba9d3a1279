import numpy as np
import pytest
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

from audit.images.crop import centre_crop, shorter_side_to


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("size", [(90, 70), (70, 91), (64, 64), (200, 65), (333, 71), (64, 129), (40, 50)])
def test_equal_to_torchvision(size: tuple[int, int], interpolation: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    resized = shorter_side_to(picture, 64, interpolation)
    expected = Resize(64, InterpolationMode(interpolation))(picture)
    assert np.array_equal(np.array(resized), np.array(expected))
    for height, width in ((64, 64), (56, 56), (57, 33), (1, 2)):
        ours, theirs = centre_crop(resized, height, width), CenterCrop((height, width))(expected)
        assert np.array_equal(np.array(ours), np.array(theirs))
