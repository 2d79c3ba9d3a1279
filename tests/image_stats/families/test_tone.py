import numpy as np
import pytest
import torch
from skimage.measure import shannon_entropy

from audit.image_stats.families import tone
from audit.image_stats.pixels import luma


def test_contrast_entropy_and_variation_match_their_definitions() -> None:
    images = torch.rand(4, 3, 24, 40, generator=torch.Generator().manual_seed(1)) ** torch.tensor(
        [1.0, 2.0, 4.0, 8.0]
    ).view(4, 1, 1, 1)
    values = tone.measure(images)
    for i, y in enumerate(luma(images).numpy()):
        assert values["contrast"][i] == pytest.approx(np.std(y))
        assert values["entropy"][i] == pytest.approx(shannon_entropy(np.round(255 * y).astype(np.uint8)))
        across = np.abs(y[:-1, 1:] - y[:-1, :-1])
        down = np.abs(y[1:, :-1] - y[:-1, :-1])
        assert values["total_variation"][i] == pytest.approx((across + down).mean())


def test_closed_forms_of_a_ramp_and_a_checkerboard() -> None:
    ramp = (torch.arange(256.0) / 255).expand(1, 3, 256, 256)
    values = tone.measure(ramp)
    assert values["entropy"][0] == pytest.approx(8)
    assert values["total_variation"][0] == pytest.approx(1 / 255)
    assert values["contrast"][0] == pytest.approx(np.sqrt((256**2 - 1) / 12) / 255)

    board = ((torch.arange(32)[:, None] + torch.arange(32)) % 2).float().expand(1, 1, 32, 32)
    values = tone.measure(board)
    assert [values[id][0] for id in ("contrast", "entropy", "total_variation")] == pytest.approx([0.5, 1, 2])
