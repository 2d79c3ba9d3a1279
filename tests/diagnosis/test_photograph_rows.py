"""Photographs before a run: which are used, and whether the network answers them better than chance."""

from pathlib import Path

import pytest
import tiny
import torch
from PIL import Image

import audit
from audit.diagnosis.diagnosis import Diagnosis
from audit.diagnosis.photograph_rows import SAMPLE, Asked, by_chance, correct

COUNT = 24


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    for number in range(COUNT):
        tiny.photograph(tmp_path / "flat" / f"{number}.png", number)
    return tmp_path


def answers(place: Path) -> list[int]:
    from audit.photos import read, scan

    network = audit.load("net1.py:make")
    photos = scan(place / "flat", network.classes, limit=COUNT, seed=0, baseline=None)
    with torch.no_grad():
        given = network.logits(read(photos.entries, network.input).images).argmax(1).tolist()
    return [given[[e.name for e in photos.entries].index(f"{n}.png")] for n in range(COUNT)]


def sorted_out(place: Path, labels: list[int]) -> str:
    for number, label in enumerate(labels):
        folder = place / "labelled" / tiny.NAMES[label]
        folder.mkdir(parents=True, exist_ok=True)
        (place / "flat" / f"{number}.png").rename(folder / f"{number}.png")
    return "labelled"


def doctor(images: str) -> Diagnosis:
    return audit.doctor("net1.py:make", images=images, set=tiny.SETTINGS)


def rows(found: Diagnosis) -> dict[str, str]:
    return {row.what: row.value for row in found.rows if row.part == "photographs"}


def test_labels_that_are_the_networks_answers_are_all_right(place: Path) -> None:
    own = answers(place)
    assert len(set(own)) > 1
    images = sorted_out(place, own)
    tiny.photograph(place / "labelled" / tiny.NAMES[own[0]] / "small.png", 99, side=8)
    tiny.photograph(place / "labelled" / "nobody" / "a.png", 100)
    before = tiny.tree(place)
    found = doctor(images)
    said = rows(found)
    assert said["accuracy"].startswith(f"{COUNT} of {COUNT} (95 % interval ")
    assert said["taken"] == f"{COUNT + 1} of {COUNT + 2} files, 1 in no folder of a class"
    assert said["note"] == 'no class is called "nobody"'
    assert said["classes"].startswith(f"{len(set(own))} of 6 have photographs")
    assert said["sample"].startswith(f"{COUNT} of {COUNT + 1} decoded, 1 too small")
    assert not any("at chance" in text for text in found.warnings)
    assert found.starts
    assert tiny.tree(place) == before


def test_wrong_labels_are_answered_at_chance(place: Path) -> None:
    own = answers(place)
    found = doctor(sorted_out(place, [(label + 1) % 6 for label in own]))
    assert "0 of 24" in rows(found)["accuracy"]
    assert "at chance: untrained, or another class list or preprocessing" in rows(found)["accuracy"]
    assert any("at chance: untrained" in text for text in found.warnings)
    assert found.starts


def test_a_flat_folder_has_no_accuracy(place: Path) -> None:
    own = answers(place)
    said = rows(doctor("flat"))
    assert "accuracy" not in said
    assert said["answers"].startswith(f"{len(set(own))} classes; ")


def test_photographs_none_of_which_can_be_used_end_the_diagnosis(place: Path) -> None:
    tiny.photograph(place / "tiny" / "a.png", 1, side=8)
    found = doctor("tiny")
    assert isinstance(found.error, audit.ImageError)
    assert any(row.part == "speed" for row in found.rows)
    assert not rows(found)


def test_chance_is_what_the_answers_give_on_shuffled_labels() -> None:
    labels: list[int | None] = [0, 0, 1, 1]
    always = Asked(labels, [0, 0, 0, 0], {})
    assert by_chance(always, 10) == 0.5
    assert not correct(always).above(0.5)
    # Against four shuffles of all labels by hand: the mean of right answers.
    mixed = Asked(labels, [0, 2, 1, 0], {})
    assert by_chance(mixed, 10) == pytest.approx((2 * 2 + 2 * 1) / 16)
    assert by_chance(Asked([3, 3], [3, 3], {}), 10) == 0.1
    assert by_chance(Asked(labels, [7, 8, 9, 9], {}), 10) == 0.1


def test_answers_that_are_not_finite_are_no_class(place: Path) -> None:
    class Overflows(torch.nn.Module):
        """Not finite on dark pictures, of which the probe pictures are none."""

        def __init__(self) -> None:
            super().__init__()
            self.net = audit.load("net1.py:make").module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            dark = (x.mean((1, 2, 3)) < -1.9).float()[:, None]
            return self.net(x) / (1 - dark)

    for number in range(3):
        Image.new("RGB", (40, 40)).save(place / "flat" / f"black{number}.png")
    keywords = {"input_size": 32, "mean": 0.5, "std": 0.25, "set": tiny.SETTINGS}
    said = rows(audit.doctor(Overflows(), images="flat", **keywords))
    assert said["not finite"] == "the answers to 3"
    assert said["answers"].endswith(f" of {COUNT + 3}")
    for picture in (place / "flat").glob("?.png"):
        picture.unlink()
    for picture in (place / "flat").glob("??.png"):
        picture.unlink()
    said = rows(audit.doctor(Overflows(), images="flat", **keywords))
    assert said["accuracy"].startswith("not known")


def test_the_sample_is_small_and_even(place: Path) -> None:
    assert SAMPLE == 64
    for number in range(70):
        tiny.photograph(place / "many" / tiny.NAMES[number % 2] / f"{number}.png", number % 4)
    said = rows(doctor("many"))
    assert said["sample"] == "64 of 64 decoded"
    assert " of 64 (95 % interval" in said["accuracy"]
