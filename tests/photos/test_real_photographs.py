"""Photographs that others took, before a network that others trained."""

from pathlib import Path

import photo_run as here
import pytest

from audit.classifier import load
from audit.config import read_config
from audit.image_stats import bundled
from audit.photos import scan
from audit.stages import Context
from audit.stages.photographs.photographs_reduction import photographs_info
from audit.stages.photographs.photographs_stage import Photographs


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
