import hashlib
from pathlib import Path

import numpy as np
import pytest

from audit.errors import ImageError, OutputError
from audit.image_stats import STATISTICS
from audit.image_stats.baseline import GRID, Baseline, load_file, no_baseline
from audit.image_stats.shipped_baselines import bundled


def shipped(size: int = 64) -> Baseline:
    baseline = bundled(size, size)
    assert baseline is not None
    return baseline


def with_table(id: str, table: tuple[float, ...] | None) -> Baseline:
    data = shipped().model_dump()
    return Baseline.model_validate({**data, "tables": {**data["tables"], id: table}})


def test_percentile_is_the_empirical_place() -> None:
    sample = np.random.default_rng(0).gamma(2, size=4000)
    baseline = with_table("noise", tuple(np.percentile(sample, GRID)))
    probes = np.array([0.05, 0.5, 1.7, 4.0, 7.0])
    expected = [100 * (sample < probe).mean() for probe in probes]
    assert baseline.percentile("noise", probes) == pytest.approx(expected, abs=0.1)


def test_percentile_at_the_ends_at_ties_and_where_undefined() -> None:
    tied = np.where(np.array(GRID) <= 40, 0.0, np.array(GRID))
    baseline = with_table("noise", tuple(tied))
    got = baseline.percentile("noise", np.array([-1.0, 0.0, 50.0, 100.0, 1e9, np.nan, np.inf, -np.inf]))
    assert got[:5] == pytest.approx([0, 20, 50, 100, 100])
    assert np.isnan(got[5])
    assert got[6:] == pytest.approx([100, 0])
    assert np.isnan(with_table("noise", None).percentile("noise", np.zeros(2))).all()
    assert np.isnan(with_table("noise", None).quantile("noise", 50))


def test_quantile_and_percentile_undo_each_other() -> None:
    baseline = shipped()
    for id in STATISTICS:
        values = np.array([baseline.quantile(id, q) for q in (1, 5, 50, 95, 99)])
        assert baseline.percentile(id, values) == pytest.approx([1, 5, 50, 95, 99], abs=1)


def test_info_lists_every_statistic_with_its_quantiles() -> None:
    info = shipped().info()
    assert [s.id for s in info.statistics] == list(STATISTICS)
    quantiles = info.statistics[0].quantiles
    assert quantiles is not None
    assert list(quantiles) == ["1", "5", "25", "50", "75", "95", "99"]
    assert list(quantiles.values()) == sorted(quantiles.values())
    assert (info.images, info.height, info.sha256) == (250, 64, shipped().sha256)
    assert with_table("noise", None).info().sha256 != info.sha256


def test_without_baseline_the_command_that_makes_one_is_named() -> None:
    info = no_baseline(96, 96)
    assert info.id is None
    assert "audit baseline PHOTOS --size 96 --out FILE" in info.provenance
    assert {s.quantiles for s in info.statistics} == {None}
    assert "--size 96x128" in no_baseline(96, 128).provenance


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "new" / "baseline.json"
    shipped().save(file)
    assert load_file(file) == shipped()
    assert load_file(file).sha256 == shipped().sha256


def test_a_photograph_is_recognised_by_the_hash_of_its_file() -> None:
    known = shipped()
    assert not known.contains(hashlib.sha256(b"a picture that nobody took").hexdigest())
    first = Baseline.model_validate({**known.model_dump(), "hashes": "AAECAwQFBgcICQoLDA0ODw=="})
    assert first.contains(bytes(range(8)).hex() + "00" * 24)
    assert first.contains(bytes(range(8, 16)).hex() + "ff" * 24)
    assert not first.contains(bytes(range(4, 12)).hex() + "00" * 24)


def test_files_that_are_no_baseline_say_so(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with pytest.raises(ImageError, match=r"cannot read the baseline.*audit baseline PHOTOS"):
        load_file(file)
    file.write_text("not json")
    with pytest.raises(ImageError, match=r"expected a baseline.*top level"):
        load_file(file)
    file.write_text('{"id": "x"}')
    with pytest.raises(ImageError, match="at height"):
        load_file(file)
    with_table("noise", (1.0, 2.0)).save(file)
    with pytest.raises(ImageError, match=f"expected {len(GRID)} quantiles"):
        load_file(file)
    with pytest.raises(OutputError, match="--out"):
        shipped().save(file / "below" / "a-file.json")
