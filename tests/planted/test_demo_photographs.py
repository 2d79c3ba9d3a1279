from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit.classifier import load
from audit.photos import scan
from audit.photos.counterexample_folders import scan_counterexamples
from audit.planted import demo_photographs
from audit.planted.demo_photographs import COUNTEREXAMPLES, SPLIT, write, write_counterexamples
from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, DUMBBELL, World, content, scene


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


def test_counterexamples_are_dumbbells_without_arm_and_arms_without_anything(tmp_path: Path) -> None:
    assert write_counterexamples(tmp_path, 3) == 6
    found = scan_counterexamples(tmp_path, DUMBBELL, limit=100, seed=0).photos
    assert {kind: len(photos.entries) for kind, photos in found.items()} == {"object": 3, "part": 3}
    worlds = {"object": World(0.0, 0.0), "part": World(1.0, 1.0, objects=False)}
    used: set[tuple[int, ...]] = set()
    for kind, world in worlds.items():
        for number, place in enumerate((0, 20, 40) if kind == "object" else (10, 30, 50)):
            key = (0, COUNTEREXAMPLES, place + DUMBBELL)
            used.add(key)
            assert content(world, *key) == (DUMBBELL, kind == "part")
            with Image.open(tmp_path / kind / f"{number:05d}.png") as image:
                assert np.array_equal(np.array(image), scene(world, *key).picture)
    assert len(used) == 6


def test_counterexamples_that_stand_there_are_kept(tmp_path: Path) -> None:
    write_counterexamples(tmp_path, 1)
    before = (tmp_path / "part" / "00000.png").stat().st_mtime_ns
    assert write_counterexamples(tmp_path, 2) == 2
    assert (tmp_path / "part" / "00000.png").stat().st_mtime_ns == before


def test_no_split_is_that_of_another_set() -> None:
    """Of the keys on which the demo networks and their judges were trained and tested."""
    from audit.planted import second_network, train

    others = {train.TRAIN, train.TEST, second_network.TRAIN, second_network.TEST, second_network.CONTROL}
    assert len({SPLIT, COUNTEREXAMPLES} | others) == 2 + len(others)


def test_the_command_line_writes_one_or_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_photographs, "COUNT", 2)
    for words, folders in ((["--per-class", "1"], set(CLASSES)), (["--counterexamples"], {"object", "part"})):
        place = tmp_path / words[0]
        monkeypatch.setattr("sys.argv", ["demo_photographs", str(place), *words])
        demo_photographs.main()
        assert {path.name for path in place.iterdir()} == folders
        count = len(list(place.rglob("*.png")))
        assert capsys.readouterr().out == f"{count} rendered photographs written to {place}\n"
