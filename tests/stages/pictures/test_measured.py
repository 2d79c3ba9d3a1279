import hashlib
import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.distance import pdist
from torch import Tensor

from audit.image_stats import to_uint8_grid
from audit.images.png import png
from audit.records import ClassPictures, Picture
from audit.records.unit_records import PicturesUnit
from audit.stages.pictures.record_pictures import read_sketch, record
from audit.synthesis.class_pictures import Drawn
from audit.synthesis.engine import Job

JOBS = [Job(3, 0), Job(3, 1), Job(0, 0), Job(0, 1)]
LOGITS = torch.tensor(
    [
        [0.0, 1.0, 2.0, 3.0, -1.0, 0.5],
        [0.0, 1.0, 2.0, 6.0, 5.5, 0.5],
        [1.0, 2.0, 4.0, 3.0, 0.0, 0.5],
        [1.0, 9.0, 0.0, 0.0, 0.0, 0.5],
    ]
)


def classifier(logits: Tensor, features: Tensor, task: str = "single-label") -> Any:
    """Answers what it is told to, whatever it sees, a row for each image."""
    rows = iter(zip(logits, features, strict=True))

    def answer(images: Tensor) -> tuple[Tensor, Tensor]:
        asked = [next(rows) for _ in images]
        return torch.stack([row[0] for row in asked]), torch.stack([row[1] for row in asked])

    return SimpleNamespace(
        device=torch.device("cpu"),
        task=task,
        classes=range(logits.shape[1]),
        logits_and_features=answer,
    )


def noise(n: int, channels: int = 3, height: int = 8, width: int = 10) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return to_uint8_grid(torch.rand(n, channels, height, width, generator=generator))


def groups(body: object) -> list[ClassPictures]:
    assert isinstance(body, PicturesUnit)
    return body.pictures


def pictures(task: str = "single-label") -> list[Picture]:
    made = record(classifier(LOGITS, torch.rand(4, 7), task), JOBS, Drawn(noise(4), [2.5] * 4), "none")
    return [p for group in groups(made.body) for p in group.pictures]


def test_what_the_network_says() -> None:
    first, second, third, fourth = pictures()
    assert [p.class_index for p in (first, second, third, fourth)] == [3, 3, 0, 0]
    assert [p.rank for p in (first, second, third, fourth)] == [1, 1, 4, 2]
    assert [p.margin for p in (first, second, third, fourth)] == [1.0, 0.5, -3.0, -8.0]
    assert [p.chosen for p in (first, second, third, fourth)] == [True, False, True, False]
    assert [p.class_index for p in second.top] == [3, 4, 2, 1, 5]
    assert second.top[0].logit == second.logit == 6.0
    exponentials = np.exp(LOGITS[1].double().numpy())
    assert second.probability == pytest.approx(exponentials[3] / exponentials.sum(), rel=1e-6)
    assert sum(p.probability for p in second.top) < 1


def test_probabilities_of_a_multi_label_network() -> None:
    second = pictures("multi-label")[1]
    assert second.probability == pytest.approx(1 / (1 + np.exp(-6)), rel=1e-6)
    assert sum(p.probability for p in second.top) > 1


def test_files_and_cost() -> None:
    images = noise(4)
    made = record(classifier(LOGITS, torch.rand(4, 7)), JOBS, Drawn(images, [2.5] * len(images)), "natural")
    assert made.views == 10.0
    assert list(made.files) == [
        f"images/pictures/{job.class_index:04d}-restart{job.restart}.png" for job in JOBS
    ]
    for i, picture in enumerate(p for group in groups(made.body) for p in group.pictures):
        data = made.files[picture.file]
        assert picture.sha256 == hashlib.sha256(data).hexdigest()
        assert (picture.height, picture.width, picture.views) == (8, 10, 2.5)
        pixels = np.array(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(pixels, (images[i] * 255).round().byte().permute(1, 2, 0))


def test_names_sort_by_class_also_beyond_ten_thousand() -> None:
    logits = torch.zeros(2, 12_000)
    jobs = [Job(2, 0), Job(11_999, 0)]
    made = record(classifier(logits, torch.rand(2, 7)), jobs, Drawn(noise(2), [1.0] * 2), "none")
    assert sorted(made.files) == list(made.files)
    assert "images/unconstrained/00002-restart0.png" in made.files


@pytest.mark.parametrize("channels, shape", [(1, (8, 10)), (3, (8, 10, 3)), (2, (8, 20)), (5, (8, 50))])
def test_png_keeps_every_value(channels: int, shape: tuple[int, ...]) -> None:
    image = noise(1, channels)[0]
    pixels = np.array(Image.open(io.BytesIO(png(image))))
    assert pixels.shape == shape
    levels = (image * 255).round().byte().numpy()
    planes = np.split(pixels, channels, axis=1) if channels in (2, 5) else [pixels]
    back = np.stack(planes) if channels != 3 else pixels.transpose(2, 0, 1)
    np.testing.assert_array_equal(back, levels)


def test_png_of_every_level() -> None:
    ramp = (torch.arange(256) / 255).reshape(1, 16, 16)
    np.testing.assert_array_equal(
        np.array(Image.open(io.BytesIO(png(ramp)))).ravel(), np.arange(256, dtype=np.uint8)
    )


def sketches(features: Tensor) -> np.ndarray:
    n = len(features)
    jobs = [Job(0, r) for r in range(n)]
    made = record(classifier(torch.zeros(n, 2), features), jobs, Drawn(noise(n), [1.0] * n), "none")
    return np.stack([read_sketch(s) for s in groups(made.body)[0].sketches])


@pytest.mark.parametrize("dimensions", [512, 1280])
def test_sketches_keep_cosines(dimensions: int) -> None:
    """Johnson and Lindenstrauss: a cosine c is kept to about (1 - c²) / sqrt(128), one standard deviation."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=dimensions)
    shares = rng.uniform(0, 2, size=(24, 1))
    features = np.maximum(shares * common + rng.normal(size=(24, dimensions)), 0)
    small = sketches(torch.tensor(features, dtype=torch.float32))
    assert small.shape == (24, 128)
    true, kept = 1 - pdist(features, "cosine"), 1 - pdist(small, "cosine")
    assert np.ptp(true) > 0.4
    scaled = (kept - true) / ((1 - true**2) / 128**0.5)
    assert np.abs(scaled).max() < 5
    assert 0.5 < scaled.std() < 1.5


def test_equal_features_have_equal_sketches_in_any_batch() -> None:
    features = torch.rand(5, 300, generator=torch.Generator().manual_seed(1))
    small = sketches(torch.cat([features, features[:1]]))
    np.testing.assert_array_equal(small[0], small[5])
    np.testing.assert_allclose(sketches(features[2:])[0], small[2], atol=2e-3)


def test_feature_maps_are_taken_flat() -> None:
    features = torch.rand(3, 4, 2, 2)
    np.testing.assert_array_equal(sketches(features), sketches(features.flatten(1)))
