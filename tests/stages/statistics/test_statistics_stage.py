from collections.abc import Mapping
from pathlib import Path

import pytest
import tiny
import torch

from audit.image_stats import STATISTICS, measure, to_uint8_grid
from audit.images.png import png
from audit.records.unit_records import StatisticsUnit
from audit.stages.pictures.record_pictures import record
from audit.stages.statistics.statistics_stage import CLASSES, PictureStatistics
from audit.synthesis.class_pictures import Drawn
from audit.synthesis.engine import Job


def compute(
    folder: Path, images: torch.Tensor, wanted: tuple[int, ...]
) -> Mapping[str, Mapping[str, float | None]]:
    """Statistics of pictures of classes 0, 1, ... that stand in the folder as files."""
    model = tiny.write(folder, channels=images.shape[1], size=tuple(images.shape[2:]))
    context = tiny.context(model, folder)
    jobs = [Job(c, 0) for c in range(len(images))]
    made = record(context.classifier, jobs, Drawn(images, [1.0] * len(images)), "natural")
    for name, data in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    unit = tiny.recorded(made.body, stage="pictures")
    computed = PictureStatistics().compute(wanted, context, [unit], lambda views: None)
    assert isinstance(computed.body, StatisticsUnit)
    assert (computed.views, dict(computed.files)) == (0.0, {})
    return computed.body.values


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_what_is_measured_are_the_pixels_of_the_files(tmp_path: Path, channels: int) -> None:
    images = to_uint8_grid(torch.rand(3, channels, 32, 40, generator=torch.Generator().manual_seed(2)))
    values = compute(tmp_path, images, (0, 1, 2))
    direct = measure(images)
    assert len(values) == 3
    for i, columns in enumerate(values.values()):
        assert set(columns) == set(STATISTICS)
        for name, value in columns.items():
            expected = float(direct[name][i])
            assert value == (expected if expected == expected else None), name


def test_the_files_count_and_not_what_was_drawn(tmp_path: Path) -> None:
    """A picture changed on disk is measured as it is there."""
    images = to_uint8_grid(torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(2)))
    before = compute(tmp_path, images, (0, 1))
    context = tiny.context(tiny.write(tmp_path), tmp_path)
    name = "images/pictures/0001-restart0.png"
    (tmp_path / name).write_bytes(png(images[0]))
    jobs = [Job(c, 0) for c in range(2)]
    made = record(context.classifier, jobs, Drawn(images, [1.0] * len(images)), "natural")
    unit = tiny.recorded(made.body, stage="pictures")
    after = PictureStatistics().compute((0, 1), context, [unit], lambda views: None).body
    assert isinstance(after, StatisticsUnit)
    assert after.values[name]["contrast"] == before["images/pictures/0000-restart0.png"]["contrast"]
    assert after.values[name]["contrast"] != before[name]["contrast"]


def test_only_the_units_own_classes(tmp_path: Path) -> None:
    images = to_uint8_grid(torch.rand(4, 3, 32, 32))
    assert set(compute(tmp_path, images, (1, 3))) == {
        "images/pictures/0001-restart0.png",
        "images/pictures/0003-restart0.png",
    }


def test_what_is_undefined_is_none(tmp_path: Path) -> None:
    (values,) = compute(tmp_path, torch.full((1, 3, 32, 32), 100 / 255), (0,)).values()
    assert None in values.values()
    assert values["contrast"] == pytest.approx(0, abs=1e-6)


def test_units(tmp_path: Path) -> None:
    model = tiny.write(tmp_path, classes=CLASSES + 3)
    context = tiny.context(model, tmp_path, only=[f"0:{CLASSES + 2}"])
    assert [len(unit) for unit in PictureStatistics().units(context)] == [CLASSES, 2]
