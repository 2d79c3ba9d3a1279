"""Real networks of others, with known facts."""

import os
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.transforms.functional import center_crop, pil_to_tensor, resize

from audit.classifier import load

pytestmark = [
    pytest.mark.assets,
    pytest.mark.skipif("AUDIT_ASSETS" not in os.environ, reason="needs the networks named by AUDIT_ASSETS"),
]
ASSETS = Path(os.environ.get("AUDIT_ASSETS", "."))
CIFAR = {"input_size": 32, "mean": 0.0, "std": 1.0, "classes": ASSETS / "zoo/cifar10_classes.txt"}


def test_imagenet_network_knows_photographs_by_wnid() -> None:
    classifier = load(
        f"{ASSETS}/zoo/mobilenet.py:imagenet_v2",
        input_size=224,
        resize=256,
        mean=0.5,
        std=0.5,
        classes=ASSETS / "zoo/imagenet_class_index.json",
    )
    assert classifier.classes[1].full == "goldfish, Carassius auratus"
    assert len({label.id for label in classifier.classes}) == 1000
    assert classifier.accepts(96)
    folders = sorted((ASSETS / "images/imagenet").iterdir())[::50]
    pictures = []
    for folder in folders:
        image = Image.open(next(folder.glob("*.jpg"))).convert("RGB")
        pictures.append(center_crop(resize(pil_to_tensor(image), [256], antialias=True), [224, 224]) / 255)
    with torch.no_grad():
        answers = classifier.logits(torch.stack(pictures)).argmax(1)
    right = sum(classifier.classes[int(a)].id == f.name for a, f in zip(answers, folders, strict=True))
    # Published accuracy on such photographs is 0.89; 7 of 10 or more has a chance of 0.98.
    assert right >= 7


@pytest.mark.parametrize(
    "factory, width, flexible", [("resnet20", 64, True), ("robust", 100, False), ("backdoored", 64, True)]
)
def test_cifar_networks(factory: str, width: int, flexible: bool) -> None:
    classifier = load(f"{ASSETS}/zoo/cifar.py:{factory}", **CIFAR)
    assert [c.name for c in classifier.classes][:2] == ["airplane", "automobile"]
    logits, features = classifier.logits_and_features(torch.rand(2, 3, 32, 32))
    assert (logits.shape, features.shape) == ((2, 10), (2, width))
    assert classifier.accepts(24) is flexible
    assert load(f"{ASSETS}/zoo/cifar.py:{factory}", **CIFAR).identity == classifier.identity


def test_identity_does_not_depend_on_the_number_of_threads() -> None:
    threads = torch.get_num_threads()
    try:
        hashes = set()
        for count in (1, 2):
            torch.set_num_threads(count)
            hashes.add(load(f"{ASSETS}/zoo/cifar.py:robust", **CIFAR).identity.probe)
    finally:
        torch.set_num_threads(threads)
    assert len(hashes) == 1
