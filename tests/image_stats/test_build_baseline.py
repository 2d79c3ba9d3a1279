import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from audit.errors import ImageError
from audit.image_stats import build, compute, from_folder, load_file, measure
from audit.images.decode import decode
from audit.images.discover import find


def fill(folder: Path, count: int, side: int = 50) -> None:
    """Blurred noise of growing contrast, as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        noise = gaussian_filter(np.random.default_rng(i).standard_normal((side, side + i, 3)), (1, 1, 0))
        picture = np.clip(128 + (20 + 3 * i) * noise, 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(folder / f"{i:03}.png")


def test_tables_are_the_quantiles_of_the_photographs(tmp_path: Path) -> None:
    fill(tmp_path, 40)
    baseline, skipped = from_folder(tmp_path, 32)
    images = torch.stack([decode(path, 32, 32, 37).pixels for path in find(tmp_path)]).float() / 255
    for id, values in measure(images).items():
        expected = np.percentile(values, [0, 5, 50, 95, 100])
        got = [baseline.quantile(id, q) for q in (0, 5, 50, 95, 100)]
        assert got == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert (baseline.images, skipped.too_small, skipped.unreadable) == (40, 0, 0)
    assert "shorter side to 37 px (bilinear, antialiased), centre crop 32 x 32 px" in baseline.provenance
    assert str(tmp_path) not in baseline.model_dump_json()


def test_build_writes_the_file_and_counts_what_it_left_out(tmp_path: Path) -> None:
    fill(tmp_path / "photos", 33)
    fill(tmp_path / "photos" / "thumbnails", 4, side=20)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"nothing")
    out = tmp_path / "out.json"
    report = build(tmp_path / "photos", 32, out)
    assert (report.found, report.baseline.images) == (38, 33)
    assert (report.skipped.too_small, report.skipped.unreadable) == (4, 1)
    assert "33 photographs of the user, 4 too small left out" in report.baseline.provenance
    assert load_file(out) == report.baseline
    member = tmp_path / "photos" / "000.png"
    assert report.baseline.contains(hashlib.sha256(member.read_bytes()).hexdigest())


def test_limit_is_a_seeded_subset(tmp_path: Path) -> None:
    fill(tmp_path, 45)
    first, again, other = (from_folder(tmp_path, 32, seed=seed, limit=30)[0] for seed in (1, 1, 2))
    assert first.images == 30
    assert first.sha256 == again.sha256
    assert first.hashes != other.hashes


def test_not_square_and_stored_at_size(tmp_path: Path) -> None:
    fill(tmp_path, 30)
    baseline, _ = from_folder(tmp_path, (24, 40))
    assert (baseline.height, baseline.width) == (24, 40)
    for i in range(30):
        Image.new("L", (24, 24), 100 + i).save(tmp_path / f"{i:03}.png")
    flat, _ = compute(find(tmp_path), 24, 24, 27, provenance="flat pictures")
    assert flat.provenance == "30 flat pictures; stored at 24 x 24 px, 8 bits"
    assert flat.tables["spectral_slope"] is None  # undefined on every one of them
    assert flat.info().statistics[0].quantiles is None


def test_folders_that_cannot_make_a_baseline_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="expected a folder"):
        from_folder(tmp_path / "missing", 32)
    with pytest.raises(ImageError, match=r"no pictures found.*\.jpg"):
        from_folder(tmp_path, 32)
    fill(tmp_path, 31, side=40)
    with pytest.raises(ImageError, match=r"at least 30 usable .* got 0 of 31 \(31 smaller .* at least 73 px"):
        from_folder(tmp_path, 64)
