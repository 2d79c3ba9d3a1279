from pathlib import Path

import numpy as np
import photo_run as here
import pytest
import torch
from PIL import Image

from audit.errors import ImageError
from audit.images.png import read_picture
from audit.photos import prepare, read
from audit.records.unit_records import NearbyUnit, PicturesUnit
from audit.stages.artifacts import photograph_file
from audit.stages.photographs import nearest_stage as nearby
from audit.stages.photographs.nearest_stage import CENTRED_FROM, NearestPhotographs

NAMES = tuple(f"{c}/{i}.png" for c in ("banana", "goldfish", "plum") for i in range(4))
SETTINGS = ("photographs.batch=5", "photographs.neighbours=3")


def oracle(context, units) -> tuple[list[list[int]], list[list[int]], torch.Tensor]:
    """Everything at once, in double precision: most activating, nearest, and cosines [classes, n]."""
    used = read(context.photos.entries, context.classifier.input)
    logits, features = context.classifier.logits_and_features(used.images)
    chosen = {
        p.class_index: p.file
        for unit in units
        if isinstance(unit.body, PicturesUnit)
        for group in unit.body.pictures
        for p in group.pictures
        if p.chosen
    }
    pictures = torch.stack([read_picture(context.folder / chosen[c], 3) for c in context.classes])
    shown, seen = context.classifier.features(pictures).double(), features.double()
    if len(used.indices) >= CENTRED_FROM:
        shown, seen = shown - seen.mean(0), seen - seen.mean(0)
    cosines = torch.nn.functional.cosine_similarity(shown[:, None], seen[None], dim=2)
    places = torch.tensor(used.indices)
    count = min(context.config.photographs.neighbours, len(places))
    activating = [places[logits[:, c].topk(count).indices].tolist() for c in context.classes]
    return activating, [places[row.topk(count).indices].tolist() for row in cosines], cosines


@pytest.mark.parametrize("names", [NAMES, NAMES[:CENTRED_FROM], NAMES[: CENTRED_FROM - 1], NAMES[:1]])
def test_equal_to_ranking_everything_at_once(names: tuple[str, ...], tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", names)
    (photographs / "banana" / "99.png").write_text("no picture")
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    units = here.photographed(context)
    (unit,) = here.computed(NearestPhotographs(), context, units)
    activating, nearest, cosines = oracle(context, units)
    body = unit.body
    assert isinstance(body, NearbyUnit)
    assert [[n.photograph for n in body.activating[c]] for c in context.classes] == activating
    assert [[n.photograph for n in body.nearest[c]] for c in context.classes] == nearest
    for c in context.classes:
        found = [n.value for n in body.nearest[c]]
        best = cosines[c].sort(descending=True).values[: len(found)].tolist()
        assert found == pytest.approx(best, abs=1e-4)
    assert unit.views == pytest.approx(NearestPhotographs().views(context))


def test_crops_are_what_the_network_saw(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    (unit,) = here.computed(NearestPhotographs(), context, here.photographed(context))
    shown = {n for rows in (unit.body.activating, unit.body.nearest) for row in rows.values() for n in row}
    assert set(unit.files) == {n.file for n in shown}
    for near in shown:
        assert near.file == photograph_file(context.photos.entries[near.photograph].sha256)
        with Image.open(photographs / NAMES[near.photograph]) as original:
            expected = prepare(original.convert("RGB"), context.classifier.input)
        crop = (read_picture(context.folder / near.file, 3) * 255).round().byte()
        assert torch.equal(crop, expected)


def test_a_photograph_of_the_picture_itself_is_the_nearest(tmp_path: Path) -> None:
    """A planted truth: each class's picture lies among the photographs."""
    photographs = here.folder_of(tmp_path / "photos", [f"{i}.png" for i in range(9)])
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    pictures = here.computed(here.Pictures(), context)
    for unit in pictures:
        for group in unit.body.pictures:
            for p in group.pictures:
                if p.chosen:
                    data = (context.folder / p.file).read_bytes()
                    (photographs / f"picture{p.class_index}.png").write_bytes(data)
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    units = [*here.computed(here.Photographs(), context), *pictures]
    (unit,) = here.computed(NearestPhotographs(), context, units)
    for c, row in unit.body.nearest.items():
        assert context.photos.entries[row[0].photograph].name == f"picture{c}.png"
        assert row[0].value == pytest.approx(1, abs=1e-4)


def test_several_units_say_the_same_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    units = here.photographed(context)
    (whole,) = here.computed(NearestPhotographs(), context, units)
    monkeypatch.setattr(nearby, "CROP_BYTES", 3 * 32 * 32 * 11)  # less room than photographs
    parts = here.computed(NearestPhotographs(), context, units)
    assert [len(part.items) for part in parts] == [1] * len(context.classes)
    for name in ("activating", "nearest"):
        rows = {c: row for part in parts for c, row in getattr(part.body, name).items()}
        for c, row in getattr(whole.body, name).items():
            assert [n.photograph for n in rows[c]] == [n.photograph for n in row]
            assert [n.value for n in rows[c]] == pytest.approx([n.value for n in row], abs=1e-5)
    files = {name: sha256 for part in parts for name, sha256 in part.files.items()}
    assert files == whole.files


def test_no_photograph_that_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no picture")
    context = here.context(tmp_path / "run", tmp_path / "photos")
    (unit,) = here.computed(NearestPhotographs(), context, here.photographed(context))
    assert set(unit.body.activating) == set(unit.body.nearest) == set(context.classes)
    assert not any(unit.body.activating.values())
    assert unit.files == {}


def test_a_photograph_gone_between_the_stages_stops_the_run(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs, *SETTINGS)
    units = here.photographed(context)
    for name in NAMES:
        (photographs / name).unlink()
    with pytest.raises(ImageError, match=r"\.png.*No such file"):
        here.computed(NearestPhotographs(), context, units)


def test_without_photographs_there_is_nothing_to_do(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", None)
    assert NearestPhotographs().units(context) == []
    assert NearestPhotographs().views(context) == 0


def test_equal_features_everywhere_have_no_direction() -> None:
    rows = np.ones((3, 4), np.float32)
    assert not nearby._directions(rows, np.ones(4)).any()
