from pathlib import Path

import numpy as np
import photo_run as here
import pytest
import torch

from audit.errors import ImageError
from audit.photos import read
from audit.records.unit_records import PhotographsUnit
from audit.stages.artifacts import unpack
from audit.stages.photographs.photographs_stage import Photographs

NAMES = ("banana/a.png", "banana/b.png", "goldfish/c.png", "plum/d.png", "plum/e.png")


def bodies(context, folder: Path) -> list[PhotographsUnit]:
    return [unit.body for unit in here.computed(Photographs(), context)]


def test_records_say_what_the_network_answers(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs, "photographs.batch=2")
    units = here.computed(Photographs(), context)
    assert [unit.items for unit in units] == [[0, 1], [2, 3], [4]]
    assert [unit.body.arrays for unit in units] == [
        "units/photographs/arrays-0-2.npz",
        "units/photographs/arrays-2-2.npz",
        "units/photographs/arrays-4-1.npz",
    ]
    assert sum(unit.views for unit in units) == pytest.approx(Photographs().views(context))
    everything = read(context.photos.entries, context.classifier.input)
    logits, features = context.classifier.logits_and_features(everything.images)
    probabilities = logits.softmax(1)
    records = [record for unit in units for record in unit.body.photographs]
    for i, (record, entry) in enumerate(zip(records, context.photos.entries, strict=True)):
        assert (record.index, record.name, record.sha256) == (i, NAMES[i], entry.sha256)
        assert record.label == entry.label
        first, second = logits[i].topk(2).indices.tolist()
        assert (record.answer.class_index, record.second.class_index) == (first, second)
        assert record.answer.logit == pytest.approx(float(logits[i, first]), rel=1e-4, abs=1e-4)
        assert record.rank == 1 + int((logits[i] > logits[i, entry.label]).sum())
        assert record.probability == pytest.approx(float(probabilities[i, entry.label]), rel=1e-3)
    arrays = [unpack(context.folder / unit.body.arrays) for unit in units]
    assert np.concatenate([a["indices"] for a in arrays]).tolist() == [0, 1, 2, 3, 4]
    for name, direct in (("logits", logits), ("features", features)):
        found = torch.from_numpy(np.concatenate([a[name] for a in arrays]))
        assert found.dtype == torch.float32
        assert torch.allclose(found, direct, atol=1e-4)


def test_computed_again_every_byte_is_the_same(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs)
    first, second = here.computed(Photographs(), context), here.computed(Photographs(), context)
    assert first == second


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES[:2])
    here.draw(photographs / "banana" / "c.png", 0, side=20)
    (photographs / "banana" / "d.png").write_text("no picture")
    context = here.context(tmp_path / "run", photographs, "photographs.batch=2")
    first, second = bodies(context, tmp_path)
    assert first.skipped == {}
    assert second.photographs == []
    assert second.skipped == {2: "too small (under 32 x 32 px)", 3: "unreadable"}
    assert unpack(context.folder / second.arrays)["logits"].shape == (0, 6)


def test_multi_label_probabilities_are_sigmoids(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs)
    context.classifier.task = "multi-label"
    (body,) = bodies(context, tmp_path)
    for record in body.photographs:
        assert record.answer.probability == pytest.approx(
            float(torch.tensor(record.answer.logit).sigmoid()), rel=1e-5
        )


def test_one_channel_and_no_labels(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", ["a.png", "b.png"])
    context = here.context(tmp_path / "run", photographs, channels=1)
    (body,) = bodies(context, tmp_path)
    assert [(r.label, r.rank, r.probability) for r in body.photographs] == [(None, None, None)] * 2


def test_among_equal_logits_the_lower_class_is_first(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs)
    with torch.no_grad():
        for parameter in context.classifier.module.parameters():
            parameter.zero_()
    (body,) = bodies(context, tmp_path)
    assert {record.answer.class_index for record in body.photographs} == {0}
    assert [record.rank for record in body.photographs] == [1 + r.label for r in body.photographs]


def test_a_photograph_that_changed_stops_the_run(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs)
    here.draw(photographs / NAMES[2], 99)
    with pytest.raises(ImageError, match=r"goldfish/c\.png"):
        bodies(context, tmp_path)


def test_without_photographs_there_is_nothing_to_do(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", None)
    assert Photographs().units(context) == []
    assert Photographs().views(context) == 0
