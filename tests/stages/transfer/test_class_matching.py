import random
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from PIL import Image

from audit.classifier import load
from audit.classifier.labels import labels, numbered, read_classes
from audit.errors import LabelError, ModelError
from audit.records import ClassLabel
from audit.stages.transfer.class_matching import appoint, same_classes


def listed(*names: str | tuple[str, str]) -> tuple[ClassLabel, ...]:
    """A class list of names or of (wnid, names)."""
    return labels(read_classes(names), len(names), "test")  # type: ignore[arg-type]


def test_a_shuffled_list_maps_by_name() -> None:
    names = [f"thing {i}" for i in range(50)]
    order = random.Random(0).sample(range(50), 50)
    found, notes = same_classes(listed(*names), listed(*(names[i] for i in order)))
    assert [order[match] for match in found if match is not None] == list(range(50))
    assert notes == ()


def test_the_first_synonym_counts_and_case_and_underscores_do_not() -> None:
    found, notes = same_classes(
        listed("Tabby Cat, tabby", "school_bus", "owl"), listed("owl, bird", "School Bus", "tabby cat")
    )
    assert (found, notes) == ((2, 1, 0), ())


def test_ids_come_before_names() -> None:
    own = listed(("n00000001", "crane"), ("n00000002", "crane"), ("n00000003", "owl"), ("n00000004", "emu"))
    other = listed(
        ("n00000003", "strix"), ("n00000002", "crane"), ("n00000001", "crane"), ("n00000009", "emu")
    )
    found, notes = same_classes(own, other)
    assert found == (2, 1, 0, None), "the two emus have different ids"
    assert notes == ("1 of 4 classes are not found among the transfer model's: emu",)


def test_a_repeated_name_is_never_guessed() -> None:
    own = listed("crane", "owl", "crane", "emu")
    found, notes = same_classes(own, listed("emu", "crane", "owl", "crane"))
    assert found == (None, 2, None, 0)
    assert notes == ("2 of 4 classes are not found among the transfer model's: crane, crane",)
    assert same_classes(own, own) == ((0, 1, 2, 3), ()), "the same list: its place tells which is meant"


def test_lists_without_names_match_by_place_where_they_are_equally_long() -> None:
    six, five = (labels(numbered(k), k, "test") for k in (6, 5))
    found, notes = same_classes(six, six)
    assert found == tuple(range(6))
    assert "taken to stand in the same order" in notes[0]
    assert same_classes(six, five)[0] == (None,) * 6, "class 0 of one list is not class 0 of another"
    assert same_classes(six, listed(*"abcdef"))[0] == (None,) * 6


def test_who_cannot_judge(tmp_path: Path) -> None:
    audited = load(tiny.write(tmp_path))
    with pytest.raises(ModelError, match=r"the transfer model takes 1 channel\(s\), the network 3"):
        appoint(load(tiny.write(tmp_path, seed=2, channels=1)), audited)
    with pytest.raises(
        LabelError, match="banana, dumbbell, goldfish and 3 more here, a, b, c and 3 more there"
    ):
        appoint(load(tiny.write(tmp_path, seed=3), classes=list("abcdef")), audited)
    assert "not independent" in appoint(load(tiny.write(tmp_path)), audited).notes[0]
    assert appoint(load(tiny.write(tmp_path, seed=4)), audited).notes == ()


@pytest.mark.parametrize("size", [20, 32, 50])
def test_pictures_are_resized_as_another_library_does(tmp_path: Path, size: int) -> None:
    transfer_model = appoint(load(tiny.write(tmp_path, seed=2, size=size)), load(tiny.write(tmp_path)))
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    expected = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR))
    seen = transfer_model.sees(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
    assert np.abs(255 * seen[0].permute(1, 2, 0).numpy() - expected).max() < 1.01
