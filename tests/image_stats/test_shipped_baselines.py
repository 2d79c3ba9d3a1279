import os
from pathlib import Path

import numpy as np
import pytest

from audit.image_stats import STATISTICS, bundled, sizes
from audit.image_stats.make_shipped import HERE, imagenet

SECOND_SAMPLE = {  # medians of 250 other photographs on the same path, another implementation, 224 px
    "spectral_slope": (2.61, 0.1),
    "high_frequency": (0.025, 0.006),
    "correlation_rg": (0.958, 0.02),
    "correlation_gb": (0.957, 0.02),
    "correlation_rb": (0.892, 0.04),
    "first_component": (0.953, 0.02),
    "derivative_kurtosis": (16.8, 3),
    "derivative_shape": (0.48, 0.06),
    "haar_shape_1": (0.46, 0.06),
    "haar_shape_2": (0.50, 0.06),
    "haar_shape_3": (0.59, 0.06),
    "noise": (1.7, 0.5),
    "mscn_shape": (2.06, 0.2),
    "mscn_variance": (0.247, 0.03),
    "mscn_kurtosis": (2.99, 0.15),
    "weibull_shape": (0.89, 0.1),
    "weibull_scale": (6.4, 1),
    "entropy": (7.36, 0.1),
    "contrast": (0.218, 0.015),
    "total_variation": (0.056, 0.008),
}


def test_sizes_that_ship() -> None:
    assert sizes() == [(s, s) for s in (32, 64, 128, 192, 224, 256)]
    assert bundled(100, 100) is None
    assert bundled(224, 192) is None


@pytest.mark.parametrize("size", [32, 64, 128, 192, 224, 256])
def test_each_is_complete_and_small(size: int) -> None:
    baseline = bundled(size, size)
    assert baseline is not None
    assert (baseline.height, baseline.width) == (size, size)
    assert baseline.images >= 200
    assert set(baseline.tables) == set(STATISTICS)
    for table in baseline.tables.values():
        assert table is not None
        assert (np.diff(table) >= 0).all()
    assert baseline.prior.frequencies[0] == pytest.approx(1 / size, rel=1e-4)
    assert "/" not in baseline.provenance
    assert (HERE / f"{size}x{size}.json").stat().st_size < 150_000


@pytest.mark.parametrize("id", SECOND_SAMPLE)
def test_medians_at_224_agree_with_an_independent_half_of_the_photographs(id: str) -> None:
    baseline = bundled(224, 224)
    assert baseline is not None
    expected, tolerance = SECOND_SAMPLE[id]
    assert baseline.quantile(id, 50) == pytest.approx(expected, abs=tolerance)


@pytest.mark.assets
@pytest.mark.skipif("AUDIT_ASSETS" not in os.environ, reason="AUDIT_ASSETS is not set")
def test_the_shipped_file_is_made_again_from_the_photographs(tmp_path: Path) -> None:
    imagenet(Path(os.environ["AUDIT_ASSETS"]), 64).save(tmp_path / "64x64.json")
    assert (tmp_path / "64x64.json").read_bytes() == (HERE / "64x64.json").read_bytes()
