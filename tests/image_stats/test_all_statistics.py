import pkgutil

import numpy as np
import pytest
import torch
from torch import Tensor

from audit import image_stats as statistics
from audit.image_stats import all_statistics
from audit.image_stats.all_statistics import STATISTICS, measure
from audit.images.quantize import to_uint8_grid

ZERO_WHEN_CONSTANT = {"noise", "contrast", "entropy", "total_variation"}


def some_images(n: int, size: int = 48) -> Tensor:
    return to_uint8_grid(torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(n)))


def test_every_statistic_is_measured_and_described_once() -> None:
    values = measure(some_images(3))
    assert list(values) == list(STATISTICS)
    assert all(value.shape == (3,) and np.isfinite(value).all() for value in values.values())
    titles = [statistic.title for statistic in STATISTICS.values()]
    assert len(set(titles)) == len(titles)
    assert all(id == statistic.id and statistic.description for id, statistic in STATISTICS.items())


def test_what_a_natural_prior_fixes_is_marked() -> None:
    assert {id for id, statistic in STATISTICS.items() if statistic.constrained} == {
        "spectral_slope",
        "high_frequency",
        "correlation_rg",
        "correlation_gb",
        "correlation_rb",
        "first_component",
        "contrast",
        "derivative_kurtosis",
        "derivative_shape",
        "weibull_shape",
        "haar_shape_1",
        "haar_shape_2",
        "haar_shape_3",
    }


@pytest.mark.parametrize("level", [0.0, 128 / 255, 77 / 255, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_constant_pictures_are_undefined_except_where_zero_is_the_answer(level: float, channels: int) -> None:
    values = measure(torch.full((2, channels, 40, 48), level))
    for id, value in values.items():
        if id in ZERO_WHEN_CONSTANT:
            assert value == pytest.approx([0, 0], abs=1e-9), id
        else:
            assert np.isnan(value).all(), id


def test_a_picture_has_the_same_numbers_alone_in_a_batch_and_across_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = some_images(7)
    images[3] = 0.5
    together = measure(images)
    monkeypatch.setattr(all_statistics, "CHUNK_PIXELS", 2 * 48 * 48)
    for id, value in measure(images).items():
        np.testing.assert_allclose(value, together[id], rtol=1e-9, err_msg=id)
    for id, value in measure(images[5:6]).items():
        np.testing.assert_allclose(value, together[id][5:6], rtol=1e-9, err_msg=id)


def test_one_changed_level_is_seen() -> None:
    image = torch.full((1, 3, 64, 64), 100 / 255)
    image[..., 20:40, 20:40] = 101 / 255
    values = measure(image)
    assert np.isfinite(
        [values[id][0] for id in ("spectral_slope", "derivative_kurtosis", "mscn_shape")]
    ).all()


def test_small_and_odd_and_empty_inputs() -> None:
    for size in (8, 15, 17, 33):
        assert len(measure(some_images(2, size))["contrast"]) == 2
    assert measure(some_images(1)[:0])["contrast"].shape == (0,)
    with pytest.raises(ValueError, match=r"at least 8 x 8 px, got \(1, 3, 7, 20\)"):
        measure(torch.zeros(1, 3, 7, 20))
    with pytest.raises(ValueError, match="got"):
        measure(torch.zeros(3, 32, 32))


def test_rounding_to_the_grid_of_eight_bits() -> None:
    got = to_uint8_grid(torch.tensor([-1.0, 0.1, 0.5, 2.0])) * 255
    assert got.tolist() == pytest.approx([0, 26, 128, 255])


def test_the_package_exports_what_it_names() -> None:
    assert statistics.__all__ == sorted(statistics.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(statistics, name) for name in statistics.__all__)
    modules = {module.name for module in pkgutil.iter_modules(statistics.__path__)}
    assert not modules & set(statistics.__all__)
