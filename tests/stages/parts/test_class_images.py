"""The images that parts are sought on and compared with."""

import io
from pathlib import Path

import numpy as np
import part_run
import photo_run
import pytest
import torch
from part_run import OWN
from PIL import Image

from audit.images.png import read_picture
from audit.records.unit_records import UnitRecord
from audit.stages import Context
from audit.stages.artifacts import photograph_file
from audit.stages.parts.class_images import beside, images_of
from audit.stages.pictures.drawing_stages import Pictures
from audit.stages.probes.carrier_images import apart, carriers
from audit.stages.stage import Spent

Drawn = tuple[Context, list[UnitRecord]]


def spent() -> Spent:
    return Spent(lambda views: None)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    made = part_run.context(tmp_path_factory.mktemp("images"), "parts.images=3")
    return made, photo_run.computed(Pictures(), made)


def test_of_a_class_its_pictures_and_photographs_of_the_first_half(drawn: Drawn) -> None:
    made, inputs = drawn
    own = images_of(OWN, made, inputs, spent())
    assert own.natural == [False, False, True, True, True]
    assert own.classes == [OWN] * 5
    assert len(own) == len(own.images) == len(own.files)
    for place in (0, 1):
        assert torch.equal(own.images[place], read_picture(made.folder / own.files[place], 3))
    assert made.photos is not None
    half = {photograph_file(made.photos.entries[i].sha256): i for i in apart(made)["probing"]}
    assert all(made.photos.entries[half[file]].label == OWN for file in own.files[2:])


def test_crops_are_the_photographs_as_the_network_sees_them(drawn: Drawn) -> None:
    made, inputs = drawn
    own = images_of(OWN, made, inputs, spent())
    crops = own.crops({own.files[0], own.files[3], "images/none.png"})
    assert list(crops) == [own.files[3]]
    pixels = np.asarray(Image.open(io.BytesIO(crops[own.files[3]])))
    expected = (own.images[3] * 255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(pixels, expected)


def test_beside_stand_pictures_and_photographs_of_all_classes(drawn: Drawn) -> None:
    made, inputs = drawn
    first = beside(made, inputs, spent())
    assert sorted(first.photographs.classes) == sorted([*range(4)] * 2)
    assert first.photographs.natural == [True] * 8
    assert first.images.classes == [*range(4), *first.photographs.classes]
    assert first.images.natural == [False] * 4 + [True] * 8
    assert len(first.gallery.features) == 25 * 12
    own = images_of(OWN, made, inputs, spent())
    assert not set(own.files[2:]) & set(first.photographs.files)  # or it would be most like itself


def test_photographs_without_labels_are_of_the_class_that_is_answered(tmp_path: Path) -> None:
    shown = part_run.photographs(tmp_path / "photographs")
    for file in list(shown.rglob("*.png")):
        file.rename(shown / f"{file.parent.name}-{file.name}")
        if not any(file.parent.iterdir()):
            file.parent.rmdir()
    made = part_run.context(tmp_path, given=shown)
    half = carriers(made, "probing")
    assert half.labels is None
    answered = made.classifier.logits(half.images).argmax(1)
    ticks: list[float] = []
    own = images_of(OWN, made, [], Spent(ticks.append))
    assert torch.equal(own.images, half.images[answered == OWN])
    assert set(own.classes) == {OWN}
    assert len(ticks) == 1
    other = beside(made, [], spent())
    held = made.classifier.logits(carriers(made, "held back").images).argmax(1)
    assert sorted(set(other.photographs.classes)) == sorted(set(held.tolist()))
    images_of(0, made, [], Spent(ticks.append))
    assert len(ticks) == 1  # asked once


def test_without_photographs_or_pictures_there_may_be_nothing(tmp_path: Path) -> None:
    made = photo_run.context(tmp_path / "run", None)
    assert len(images_of(0, made, [], spent())) == 0
    other = beside(made, [], spent())
    assert (len(other.photographs), len(other.gallery.features)) == (0, 0)
    off = part_run.context(tmp_path / "off", "probes.photographs=0")
    assert len(images_of(0, off, [], spent())) == len(beside(off, [], spent()).photographs) == 0
