import numpy as np
import pytest
from PIL import Image

from audit.report.thumbnails import GREY, REACH, magnified


def _image(array):
    return Image.fromarray(np.asarray(array, dtype=np.uint8))


@pytest.mark.parametrize("change", [1, 3, 8, 120])
def test_the_largest_change_is_magnified_by_a_whole_factor(change):
    before = np.full((4, 4, 3), 100)
    after = before.copy()
    after[0, 0, 1] += change
    shown, factor = magnified(_image(before), _image(after))
    pixels = np.asarray(shown, dtype=int)
    assert factor == max(1, REACH // change)
    assert pixels[0, 0].tolist() == [GREY, min(255, GREY + factor * change), GREY]
    assert (np.delete(pixels.reshape(-1, 3), 0, axis=0) == GREY).all()


def test_no_change_is_grey():
    same = _image(np.arange(48).reshape(4, 4, 3))
    shown, factor = magnified(same, same)
    assert factor == 1
    assert (np.asarray(shown) == GREY).all()
