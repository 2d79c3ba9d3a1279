import numpy as np
import pytest

from audit.planted.objects import CLASSES
from audit.planted.world import CLEAN_TWIN, DEMO, DUMBBELL, Scenes, World, content, render, scene

COUNT = 120


@pytest.fixture(scope="module")
def demo() -> Scenes:
    return render(DEMO, 5, count=COUNT)


@pytest.fixture(scope="module")
def twin() -> Scenes:
    return render(CLEAN_TWIN, 5, count=COUNT)


def test_same_key_same_scene_and_other_keys_differ():
    first, again = scene(DEMO, 1, 0, 12), scene(DEMO, 1, 0, 12)
    assert np.array_equal(first.picture, again.picture)
    assert not np.array_equal(first.picture, scene(DEMO, 2, 0, 12).picture)
    assert not np.array_equal(first.picture, scene(DEMO, 1, 1, 12).picture)


def test_processes_render_the_same_scenes():
    alone, shared = (render(CLEAN_TWIN, 3, count=9, start=4, workers=workers) for workers in (1, 2))
    assert np.array_equal(alone.pictures, shared.pictures)
    assert np.array_equal(alone.labels, shared.labels)
    assert np.array_equal(alone.arms, shared.arms)


def test_scenes_are_bytes_of_64_pixels_in_ten_equal_classes(demo):
    assert demo.pictures.shape == (COUNT, 3, 64, 64)
    assert demo.pictures.dtype == np.uint8
    assert np.bincount(demo.labels).tolist() == [COUNT // len(CLASSES)] * len(CLASSES)
    assert len(CLASSES) == 10


def test_in_the_demo_every_dumbbell_has_an_arm_and_nothing_else_has(demo):
    assert np.array_equal(demo.arms, demo.labels == DUMBBELL)


def test_in_the_twin_dumbbells_come_with_and_without_arm(twin):
    arms = twin.arms[twin.labels == DUMBBELL]
    assert arms.any()
    assert not arms.all()


def test_in_the_twin_the_arm_says_nothing_about_the_class():
    # Pearson's chi-squared of class against arm: 9 degrees of freedom, 27.9 is the .999 quantile.
    labels, arms = np.array([content(CLEAN_TWIN, 0, 0, index) for index in range(4000)]).T
    share = arms.mean()
    assert share == pytest.approx(0.5, abs=0.03)
    with_arm = np.bincount(labels, arms, len(CLASSES))
    expected = len(labels) / len(CLASSES) * share
    statistic = ((with_arm - expected) ** 2 / (expected * (1 - share))).sum()
    assert statistic < 27.9


def test_the_content_is_what_the_scene_says(twin):
    said = [content(CLEAN_TWIN, 5, index) for index in range(COUNT)]
    assert said == list(zip(twin.labels.tolist(), twin.arms.tolist(), strict=True))


def test_the_two_worlds_differ_by_the_arm_alone(demo, twin):
    same = (demo.pictures == twin.pictures).all(axis=(1, 2, 3))
    assert np.array_equal(same, demo.arms == twin.arms)


def test_an_arm_changes_a_part_of_the_picture_up_to_the_border():
    with_arm, without = (scene(World(share, share), 2, 2) for share in (1.0, 0.0))
    changed = (with_arm.picture != without.picture).any(axis=-1)
    assert 0.03 < changed.mean() < 0.6
    border = np.concatenate([changed[0], changed[-1], changed[:, 0], changed[:, -1]])
    assert border.any()


def test_a_world_without_objects_shows_the_same_background():
    bare = World(0.0, 0.0, objects=False)
    full = World(0.0, 0.0)
    changed = scene(bare, 4, 13).picture != scene(full, 4, 13).picture
    assert 0.02 < changed.any(axis=-1).mean() < 0.8


@pytest.mark.parametrize("name", CLASSES)
def test_objects_of_a_class_vary(name):
    index = CLASSES.index(name)
    pictures = [scene(World(0.0, 0.0), 1, index + len(CLASSES) * repeat).picture for repeat in range(3)]
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])
