import numpy as np
import pytest
import torch

from audit.image_stats.families import colour


def test_correlations_and_first_component_match_numpy() -> None:
    g = torch.Generator().manual_seed(1)
    mix = torch.rand(5, 3, 3, generator=g)
    images = torch.einsum("nij,njhw->nihw", mix, torch.rand(5, 3, 20, 30, generator=g)) / 3
    values = colour.measure(images)
    for i, image in enumerate(images.double().numpy()):
        table = np.corrcoef(image.reshape(3, -1))
        expected = [table[0, 1], table[1, 2], table[0, 2]]
        got = [values[id][i] for id in ("correlation_rg", "correlation_gb", "correlation_rb")]
        assert got == pytest.approx(expected, abs=1e-9)
        spread = np.linalg.eigvalsh(np.cov(image.reshape(3, -1)))
        assert values["first_component"][i] == pytest.approx(spread[-1] / spread.sum(), abs=1e-9)


def test_grey_rgb_pictures_are_perfectly_correlated_and_their_negatives_anticorrelated() -> None:
    plane = torch.rand(1, 16, 16, generator=torch.Generator().manual_seed(2))
    values = colour.measure(torch.stack([plane, 1 - plane, plane], 1))
    assert values["correlation_rg"] == pytest.approx([-1])
    assert values["correlation_rb"] == pytest.approx([1])
    assert values["first_component"] == pytest.approx([1])


def test_a_constant_channel_has_no_correlation_but_leaves_a_first_component() -> None:
    images = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    images[:, 2] = 0.5
    values = colour.measure(images)
    assert np.isfinite(values["correlation_rg"][0])
    assert np.isnan(values["correlation_gb"][0])
    assert 0.5 <= values["first_component"][0] < 1


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_numbers_of_channels_have_no_colour_statistics(channels: int) -> None:
    values = colour.measure(torch.rand(2, channels, 16, 16))
    assert all(np.isnan(value).all() and value.shape == (2,) for value in values.values())
