"""Photographs that others took, before a network that others trained."""

from pathlib import Path

import photo_run as here
import pytest
import torch
from torch import nn
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, PILToTensor, Resize

from audit.classifier import load
from audit.classifier.resolve_preprocessing import resolve
from audit.config import read_config
from audit.image_stats import bundled
from audit.photos import open_upright, prepare, scan
from audit.stages import Context
from audit.stages.photographs.photographs_reduction import photographs_info
from audit.stages.photographs.photographs_stage import Photographs

EVALUATED = {
    "squashed": ({"resize": (256, 256)}, lambda mode: [Resize((256, 256), mode), CenterCrop(224)]),
    "crop_pct": ({"crop_pct": 0.9}, lambda mode: [Resize(248, mode), CenterCrop(224)]),
    "straight": ({"resize": "none"}, lambda mode: [Resize((224, 224), mode)]),
}


@pytest.mark.assets
@pytest.mark.parametrize("scale", [1, 3], ids=["as they are", "enlarged"])
@pytest.mark.parametrize("way", EVALUATED)
def test_every_way_that_can_be_stated_is_torchvisions(assets: Path, way: str, scale: int) -> None:
    """Real photographs, three of them, equal to the last level, also where they have to be enlarged."""
    stated, transform = EVALUATED[way]
    files = sorted((assets / "images" / "imagenet").rglob("*.jpg"))[:90:30]
    assert len(files) == 3
    for mode in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC):
        given = {"input_size": 224, "mean": 0.5, "std": 0.5, "interpolation": mode.value, **stated}
        for file in files:
            image = open_upright(file)
            small = image.resize((image.width // scale, image.height // scale))
            assert scale == 1 or min(small.size) < 224
            found = prepare(small, resolve({**given, "enlarge": scale > 1}, None, "", nn.Conv2d(3, 1, 1)))
            assert torch.equal(found, Compose([*transform(mode), PILToTensor()])(small))


@pytest.mark.assets
def test_imagenet_photographs_are_recognised(assets: Path, tmp_path: Path) -> None:
    zoo = assets / "zoo"
    classifier = load(
        f"{zoo}/mobilenet.py:imagenet_v2",
        classes=str(zoo / "imagenet_class_index.json"),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        input_size=224,
        resize=256,
    )
    baseline = bundled(224, 224)
    assert baseline is not None
    photos = scan(assets / "images" / "imagenet", classifier.classes, limit=40, seed=0, baseline=baseline)
    assert (photos.kind, photos.found, len(photos.entries)) == ("labelled", 500, 40)
    classes = tuple(range(1000))
    context = Context(classifier, read_config("standard"), baseline, baseline, classes, tmp_path, photos)
    info = photographs_info(photos, here.computed(Photographs(), context), 1000)
    assert info.used + sum(info.skipped.values()) == 40
    assert set(info.skipped) <= {"too small (shorter side under 256 px)"}
    assert info.in_baseline > 0
    assert info.correct is not None
    assert info.correct_top5 is not None
    assert info.correct.value > 0.8
    assert info.correct_top5.value > 0.92
