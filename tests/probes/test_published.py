"""Published flaws of real networks, found by changes of the bank."""

import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import center_crop, pil_to_tensor, resize

from audit.calibration import Score
from audit.calibration.scores import share_scores, shift_scores
from audit.classifier import load
from audit.probes.bank import plain
from audit.probes.effect import effects

pytestmark = pytest.mark.assets


def test_a_chinese_watermark_harms_and_stands_for_carton(assets: Path) -> None:
    """Li et al. 2023, arXiv 2303.05498: networks for ImageNet lose tens of points, mostly to `carton`."""
    classifier = load(
        f"{assets}/zoo/mobilenet.py:imagenet_v2",
        input_size=224,
        resize=256,
        mean=0.5,
        std=0.5,
        classes=assets / "zoo/imagenet_class_index.json",
    )
    places, pictures, labels = {c.id: c.index for c in classifier.classes}, [], []
    for folder in sorted((assets / "images/imagenet").iterdir())[::25]:
        image = Image.open(next(folder.glob("*.jpg"))).convert("RGB")
        pictures.append(center_crop(resize(pil_to_tensor(image), [256], antialias=True), [224, 224]) / 255)
        labels.append(places[folder.name])
    chosen = [c for c in plain(224) if c.id == "text-dense-1@centre"]
    (effect,) = effects(classifier, torch.stack(pictures), torch.tensor(labels), chosen)
    first = [classifier.classes[i].name for i in (-effect.shift).argsort()[:8]]
    assert "carton" in first[:3]
    assert {"apron", "safe", "monitor"} <= set(first)
    assert effect.accuracy[0] - effect.accuracy[1] > 0.15


@pytest.fixture(scope="module")
def photographs(assets: Path) -> tuple[Tensor, Tensor]:
    """Eight of each class."""
    names, pictures, labels = (assets / "zoo/cifar10_classes.txt").read_text().split(), [], []
    with zipfile.ZipFile(assets / "images/cifar10_test.zip") as archive:
        for label, name in enumerate(names):
            for member in sorted(n for n in archive.namelist() if n.endswith(".jpg") and f"{name}/" in n)[:8]:
                with archive.open(member) as file:
                    pictures.append(pil_to_tensor(Image.open(file).convert("RGB")) / 255)
                labels.append(label)
    return torch.stack(pictures), torch.tensor(labels)


def largest(assets: Path, factory: str, photographs: tuple[Tensor, Tensor]) -> dict[str, Score]:
    """By scale, among checkers at nine places."""
    classes = assets / "zoo/cifar10_classes.txt"
    classifier = load(f"{assets}/zoo/cifar.py:{factory}", input_size=32, mean=0.0, std=1.0, classes=classes)
    found = effects(classifier, *photographs, [c for c in plain(32) if c.id.startswith("checker@")])
    scores = {
        "shift": [s for e in found for s in shift_scores("shift", e.change, e.shift.tolist())],
        "turned": [
            s for e in found for s in share_scores("turned", e.change, e.turned.tolist(), e.others.tolist())
        ],
    }
    return {scale: max(of, key=gap) for scale, of in scores.items()}


def gap(score: Score) -> float:
    """The first class less the second."""
    return score.first - score.second


def test_small_patches_find_the_class_of_a_published_backdoor(
    assets: Path, photographs: tuple[Tensor, Tensor]
) -> None:
    """A grid in a corner stands for class 0; no checker is that grid."""
    backdoored, ordinary = (largest(assets, name, photographs) for name in ("backdoored", "resnet20"))
    assert backdoored["shift"].class_index == backdoored["turned"].class_index == 0
    assert gap(backdoored["shift"]) > 2 * gap(ordinary["shift"])
    assert gap(backdoored["turned"]) > 0.3 > 2 * gap(ordinary["turned"])
