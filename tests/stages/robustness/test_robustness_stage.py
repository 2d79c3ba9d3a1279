import io
from pathlib import Path

import numpy as np
import photo_run as here
import pytest
import torch
from PIL import Image

from audit.image_stats import STATISTICS, measure
from audit.photos import read
from audit.records.unit_records import PhotographsUnit
from audit.stages.robustness.robustness_stage import MEASURED, Robustness
from audit.stages.statistics.statistics_stage import PictureStatistics

NAMES = tuple(f"{c}/{i}.png" for c in ("banana", "goldfish", "plum") for i in range(6))
SETTINGS = ("robustness.batch=6", "robustness.examples=4", "robustness.steps=8")


def photographs(folder: Path, *names: str) -> Path:
    return here.folder_of(folder / "photos", names or NAMES)


def attacked(context, inputs=None):
    inputs = here.photographed(context) if inputs is None else inputs
    return inputs, here.computed(Robustness(), context, inputs)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as file:
        return np.array(file).astype(int)


def test_only_what_is_answered_rightly_is_attacked(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", photographs(tmp_path), *SETTINGS)
    inputs, units = attacked(context)
    records = [p for u in inputs if isinstance(u.body, PhotographsUnit) for p in u.body.photographs]
    right = {p.index: p.label for p in records if p.answer.class_index == p.label}
    assert 0 < len(right) < len(records)
    found = {a.photograph: a.label for u in units for a in u.body.attacked}
    assert found == right
    assert sum(len(u.body.images) for u in units) == len(records)
    assert all(a.picture is None for u in units for a in u.body.attacked)


def test_in_a_flat_folder_the_own_answer_is_the_label(tmp_path: Path) -> None:
    context = here.context(
        tmp_path / "run", photographs(tmp_path, *(f"{i}.png" for i in range(6))), *SETTINGS
    )
    inputs, units = attacked(context)
    answers = {p.index: p.answer.class_index for p in inputs[0].body.photographs}
    assert {a.photograph: a.label for u in units for a in u.body.attacked} == answers


def test_what_is_said_of_a_flip_holds_for_the_files(tmp_path: Path) -> None:
    flat = photographs(tmp_path, *(f"{i}.png" for i in range(12)))
    context = here.context(tmp_path / "run", flat, *SETTINGS, "robustness.examples=12")
    _, units = attacked(context)
    examples = [example for u in units for example in u.body.examples]
    assert len(examples) == sum(a.worst() is not None for u in units for a in u.body.attacked) > 4
    everything = read(context.photos.entries, context.classifier.input)
    for example in examples:
        before, after = (pixels(context.folder / file) for file in (example.original, example.file))
        assert np.array_equal(
            before, (everything.images[example.photograph] * 255).round().permute(1, 2, 0).int().numpy()
        )
        assert 0 < abs(after - before).max() <= example.epsilon
        images = torch.from_numpy(np.stack([before, after])).permute(0, 3, 1, 2).float() / 255
        p = context.classifier.logits(images).softmax(1)
        assert int(p[0].argmax()) == example.label
        assert int(p[1].argmax()) == example.predicted_after
        assert float(p[0, example.label]) == pytest.approx(example.probability_before, abs=1e-4)
        assert float(p[1, example.predicted_after]) == pytest.approx(example.probability_after, abs=1e-4)
        (image,) = [a for u in units for a in u.body.attacked if a.photograph == example.photograph]
        record = image.worst()
        assert (record.epsilon, record.predicted_after) == (example.epsilon, example.predicted_after)
        assert image.label == example.label
        assert record.distance <= record.epsilon / 255 + 1e-7


def test_class_pictures_stand_in_for_photographs(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", None, *SETTINGS, "synthesis.views=32")
    pictures = here.computed(here.Pictures(), context)
    stage = Robustness()
    assert stage.of(context) == "classes"
    _, units = attacked(context, pictures)
    chosen = {
        p.file: p.class_index
        for u in pictures
        for group in u.body.pictures
        for p in group.pictures
        if p.chosen and p.rank == 1
    }
    assert {a.picture: a.label for u in units for a in u.body.attacked} == chosen
    examples = [example for u in units for example in u.body.examples]
    assert examples
    for example in examples:
        assert (example.origin, example.photograph) == ("synthesised", None)
        assert example.original in chosen
        moved = pixels(context.folder / example.file) - pixels(context.folder / example.original)
        assert 0 < abs(moved).max() <= example.epsilon


def test_statistics_are_those_of_images_at_the_largest_level(tmp_path: Path) -> None:
    flat = photographs(tmp_path, *(f"{i}.png" for i in range(6)))
    context = here.context(tmp_path / "run", flat, *SETTINGS)
    _, (unit,) = attacked(context)
    body = unit.body
    assert body.measured_epsilon == 8
    pairs = [(image.before, image.after) for image in body.images if image.before]
    assert 0 < len(pairs) <= len(body.images) <= MEASURED
    assert all(set(before) == set(after) == set(STATISTICS) for before, after in pairs)
    natural = measure(read(context.photos.entries, context.classifier.input).images)["contrast"]
    for before, after in pairs:
        assert min(abs(natural - before["contrast"])) < 1e-9
        assert before["noise"] != after["noise"]


def test_views_are_told_and_stated(tmp_path: Path) -> None:
    flat = photographs(tmp_path, *(f"{i}.png" for i in range(6)))
    context = here.context(tmp_path / "run", flat, *SETTINGS)
    inputs = here.photographed(context)
    told: list[float] = []
    stage = Robustness()
    computed = stage.compute(stage.units(context)[0], context, inputs, told.append)
    assert sum(told) == pytest.approx(computed.views)
    own = sum(o.views for a in computed.body.attacked for o in a.outcomes)
    assert own < computed.views <= own + MEASURED * (8 + 1 / 3) + 1e-6


def test_units_are_even_and_bounded(tmp_path: Path) -> None:
    stage = Robustness()
    context = here.context(tmp_path / "run", photographs(tmp_path), *SETTINGS, "robustness.images=9")
    assert stage.units(context) == [tuple(context.photos.even(9)[:6]), tuple(context.photos.even(9)[6:])]
    assert stage.of(context) == "photographs"
    assert stage.views(context) > 0
    for off in ("robustness.images=0", "robustness.epsilons=[]"):
        none = here.context(tmp_path / "run", photographs(tmp_path), *SETTINGS, off)
        assert stage.units(none) == []
        assert stage.views(none) == 0


def test_a_unit_computed_again_gives_the_same_bytes(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", photographs(tmp_path), *SETTINGS)
    inputs = here.photographed(context)
    assert attacked(context, inputs) == attacked(context, inputs)


def test_grey_pictures_of_many_channels(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", None, *SETTINGS, channels=2)
    pictures = here.computed(here.Pictures(), context)
    _, units = attacked(context, pictures)
    assert sum(len(u.body.images) for u in units) == len(context.classes)
    statistics = here.computed(PictureStatistics(), context, pictures)
    assert statistics
    for u in units:
        for name, data in ((e.file, context.folder / e.file) for e in u.body.examples):
            assert Image.open(io.BytesIO(data.read_bytes())).mode == "L", name
