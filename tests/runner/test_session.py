from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image

from audit.errors import ImageError
from audit.image_stats import bundled


@pytest.mark.parametrize("size, prior", [(32, 32), (33, 32), (100, 128), (500, 256), ((60, 70), 64)])
def test_the_prior_is_of_the_nearest_size(tmp_path: Path, size: object, prior: int) -> None:
    context = tiny.context(tiny.write(tmp_path, size=size), tmp_path)
    assert context.prior == bundled(prior, prior)
    assert (context.baseline is not None) == (size == 32)


def test_a_baseline_file_of_the_size_is_used_for_both(tmp_path: Path) -> None:
    shipped = bundled(32, 32)
    assert shipped is not None
    own = shipped.model_copy(update={"id": "my own"})
    own.save(tmp_path / "own.json")
    context = tiny.context(tiny.write(tmp_path), tmp_path, baseline=tmp_path / "own.json")
    assert context.baseline == context.prior == own
    with pytest.raises(ImageError, match=r"expected a baseline of 40 x 40 px, got 32 x 32.*--size 40"):
        tiny.context(tiny.write(tmp_path, size=40), tmp_path, baseline=tmp_path / "own.json")


def test_a_folder_of_photographs_is_measured(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for i in range(30):
        noise = np.random.default_rng(i).integers(0, 255, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((64, 64), Image.Resampling.BICUBIC).save(
            tmp_path / "photos" / f"{i}.png"
        )
    context = tiny.context(tiny.write(tmp_path), tmp_path, baseline=tmp_path / "photos")
    assert context.baseline is context.prior
    assert context.baseline.images == 30
    wide = tiny.context(tiny.write(tmp_path, size=(32, 40)), tmp_path, baseline=tmp_path / "photos")
    assert (wide.baseline.height, wide.baseline.width) == (32, 40)


def test_timing_counts_all_sittings(tmp_path: Path) -> None:
    model = tiny.write(tmp_path)
    first = tiny.audit_tiny(model, tmp_path / "run").results.run.timing
    second = tiny.audit_tiny(model, tmp_path / "run").results.run.timing
    assert (first.sessions, second.sessions) == (1, 2)
    assert first.started == second.started <= first.finished <= second.finished
    assert second.seconds == first.seconds
    assert set(first.seconds) == {"pictures", "unconstrained", "statistics", "robustness", "parts"}


def test_two_runs_differ_in_their_timing_only(tmp_path: Path) -> None:
    model = tiny.write(tmp_path)
    first, second = (tiny.audit_tiny(model, tmp_path / name).results for name in ("a", "b"))
    timeless = {"timing": None}
    assert first.model_copy(update={"run": first.run.model_copy(update=timeless)}) == second.model_copy(
        update={"run": second.run.model_copy(update=timeless)}
    )
    pictures = {p: (tmp_path / "a" / p).read_bytes() for c in first.classes for p in c.statistics}
    assert pictures == {p: (tmp_path / "b" / p).read_bytes() for p in pictures}
    assert len(pictures) == 20
