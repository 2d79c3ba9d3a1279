"""A part outlined on its image."""

import numpy as np
import pytest
import torch

from audit.parts.outlined import DIMMED, LINE, SIDE, outlined


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", [(32, 40), (300, 224), (224, 224)])
def test_the_part_is_as_it_was_the_rest_is_darker_and_a_line_stands_between(
    channels: int, height: int, width: int
) -> None:
    image = torch.rand(channels, height, width, generator=torch.Generator().manual_seed(1)) * 0.5 + 0.1
    mask = np.zeros((height, width), dtype=bool)
    mask[height // 4 : height // 2, width // 4 : width // 2] = True
    made = outlined(image, mask)
    times = made.shape[1] // height
    assert made.shape == (channels, times * height, times * width)
    assert min(made.shape[1:]) >= SIDE
    assert times == 1 or min(height, width) * (times - 1) < SIDE
    large = image.repeat_interleave(times, 1).repeat_interleave(times, 2)
    inside = torch.from_numpy(mask).repeat_interleave(times, 0).repeat_interleave(times, 1)
    assert torch.equal(made[:, inside], large[:, inside])
    colour = torch.tensor(LINE if channels == 3 else [sum(LINE) / 3])
    line = (made == colour[:, None, None]).all(0)
    high, wide = inside.sum(0).max(), inside.sum(1).max()
    assert line.sum() == 2 * (high + wide) + 4  # one pixel, all around
    rest = ~inside & ~line
    torch.testing.assert_close(made[:, rest], DIMMED * large[:, rest])
