from collections import Counter
from pathlib import Path

import photo_run
import torch

from audit.stages.probes.carrier_images import apart, carriers, others


def context(tmp_path: Path, names: list[str], *settings: str):
    photographs = photo_run.folder_of(tmp_path / "photographs", names)
    return photo_run.context(tmp_path / "run", photographs, *settings)


def test_photographs_of_a_class_go_to_both_parts_alike(tmp_path: Path) -> None:
    names = [f"{name}/{i}.png" for name, n in (("banana", 7), ("lemon", 4), ("pear", 5)) for i in range(n)]
    made = context(tmp_path, names, "probes.photographs=6")
    parts = apart(made)
    probing, held = parts["probing"], parts["held back"]
    assert not set(probing) & set(held)
    assert (len(probing), len(held)) == (6, 6)
    assert made.photos is not None
    labels = [entry.label for entry in made.photos.entries]
    counts = [Counter(labels[i] for i in part) for part in (probing, held)]
    assert all(abs(counts[0][label] - counts[1][label]) <= 1 for label in set(labels))
    given = carriers(made, "probing")
    assert given.source == "photographs"
    assert given.images.shape == (6, 3, 32, 32)
    assert given.labels is not None
    assert given.labels.tolist() == [labels[i] for i in given.rows]


def test_another_test_takes_none_that_found_the_change(tmp_path: Path) -> None:
    names = [f"banana/{i}.png" for i in range(20)]
    made = context(tmp_path, names, "probes.photographs=6")
    probing = set(apart(made)["probing"])
    drawn = [others(made, seed, same=True) for seed in (1, 2, 1)]
    assert all(len(rows) == 6 and not set(rows) & probing for rows in drawn)
    assert drawn[0] == drawn[2] != drawn[1]
    assert len(others(made, 1, same=False)) == 6


def test_photographs_are_read_once_for_all_units_that_need_the_same(tmp_path: Path) -> None:
    made = context(tmp_path, [f"banana/{i}.png" for i in range(8)], "probes.photographs=4")
    first = carriers(made, "probing")
    assert carriers(made, "probing") is first
    held = carriers(made, "held back")
    assert held.rows == apart(made)["held back"] != first.rows
    assert torch.equal(carriers(made, "probing").images, first.images)


def test_a_flat_folder_has_no_labels_and_no_folder_has_scenes(tmp_path: Path) -> None:
    flat = context(tmp_path, [f"{i}.png" for i in range(4)], "probes.photographs=2")
    assert carriers(flat, "held back").source == "own answers"
    assert carriers(flat, "held back").labels is None
    bare = photo_run.context(tmp_path / "bare", None, "probes.photographs=3")
    scenes = [carriers(bare, part).images for part in ("probing", "held back", "probing")]
    assert all(images.shape == (3, 3, 32, 32) for images in scenes)
    assert torch.equal(scenes[0], scenes[2])
    assert not torch.equal(scenes[0], scenes[1])
    assert set(others(bare, None, same=True)).isdisjoint([*range(6)])


def test_nothing_is_changed_where_it_is_off(tmp_path: Path) -> None:
    off = photo_run.context(tmp_path / "off", None, "probes.photographs=0")
    assert apart(off) == {"probing": (), "held back": ()}
