from pathlib import Path

import pytest
import tiny

from audit.stages.pictures.drawing_stages import BatchNormPictures, batch_norm_warnings


def normed(folder: Path) -> str:
    """The tiny network with a batch norm behind its first convolution."""
    path = Path(tiny.write(folder).rpartition(":")[0])
    text = path.read_text()
    assert text.count("padding=1), nn.ReLU()") == 1
    path.write_text(text.replace("padding=1), nn.ReLU()", "padding=1), nn.BatchNorm2d(8), nn.ReLU()"))
    return f"{path}:make"


def test_units_and_views(tmp_path: Path) -> None:
    context = tiny.context(normed(tmp_path), tmp_path, "batch_norm_prior.classes=3", "synthesis.batch=4")
    assert BatchNormPictures().units(context) == [(0, 2), (4,)]
    assert BatchNormPictures().views(context) == pytest.approx(3 * 8)
    assert batch_norm_warnings(context) == []


def test_off_unless_asked_for(tmp_path: Path) -> None:
    context = tiny.context(normed(tmp_path), tmp_path)
    assert BatchNormPictures().units(context) == []
    assert BatchNormPictures().views(context) == 0
    assert batch_norm_warnings(context) == []


def test_a_run_shows_the_lens_and_no_check_reads_it(tmp_path: Path) -> None:
    model = normed(tmp_path)
    with_lens, without = (
        tiny.audit_tiny(model, tmp_path / f"run{count}", f"batch_norm_prior.classes={count}").results
        for count in (2, 0)
    )
    shown = {
        entry.label.index: entry.batch_norm_pictures
        for entry in with_lens.classes
        if entry.batch_norm_pictures
    }
    assert sorted(shown) == [0, 3]
    for pictures in shown.values():
        assert [p.restart for p in pictures] == [0, 1]
        assert {p.prior for p in pictures} == {"batch-norm"}
        assert sum(p.chosen for p in pictures) == 1
        for p in pictures:
            assert (tmp_path / "run2" / p.file).is_file()
    natural = {p.sha256 for entry in with_lens.classes for p in entry.pictures}
    assert not natural & {p.sha256 for pictures in shown.values() for p in pictures}
    assert with_lens.checks == without.checks
    assert [entry.pictures for entry in with_lens.classes] == [entry.pictures for entry in without.classes]
    assert not any("no batch norm layers" in warning for warning in with_lens.model.warnings)


def test_a_network_without_batch_norms_says_so(tmp_path: Path) -> None:
    results = tiny.audit_tiny(tiny.write(tmp_path), tmp_path / "run", "batch_norm_prior.classes=2").results
    assert not any(entry.batch_norm_pictures for entry in results.classes)
    assert any("has no batch norm layers" in warning for warning in results.model.warnings)
