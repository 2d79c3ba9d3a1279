from pathlib import Path

import numpy as np
from PIL import Image

from audit.classifier import load
from audit.photos import scan
from audit.planted.demo_photographs import SPLIT, write
from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, DUMBBELL, content, scene


def test_each_class_has_its_folder_and_its_scenes(tmp_path: Path) -> None:
    assert write(tmp_path, DEMO, 2) == 20
    photos = scan(tmp_path, load("demo").classes, limit=1000, seed=0, baseline=None)
    assert [sum(e.label == c for e in photos.entries) for c in range(len(CLASSES))] == [2] * 10
    with Image.open(tmp_path / "dumbbell" / f"{10 + DUMBBELL:05d}.png") as image:
        assert np.array_equal(np.array(image), scene(DEMO, 0, SPLIT, 10 + DUMBBELL).picture)


def test_what_stands_there_is_kept(tmp_path: Path) -> None:
    write(tmp_path, DEMO, 1)
    spared = tmp_path / CLASSES[0] / "00000.png"
    before = spared.stat().st_mtime_ns
    assert write(tmp_path, DEMO, 2) == 10
    assert spared.stat().st_mtime_ns == before


def test_the_twins_world_has_dumbbells_without_arm() -> None:
    keys = [(0, SPLIT, DUMBBELL + len(CLASSES) * i) for i in range(30)]
    assert all(content(DEMO, *key)[1] for key in keys)
    assert not all(content(CLEAN_TWIN, *key)[1] for key in keys)
