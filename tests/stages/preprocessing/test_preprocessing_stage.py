"""Trials on a network that knows colour and brightness, in photographs of plain colours."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from audit.checks import CHECKS, effective
from audit.classifier import Classifier, load
from audit.config import read_config
from audit.photos import scan
from audit.records import Preprocessing, PreprocessingTrials, Results, Trial
from audit.records.unit_records import TrialsUnit
from audit.stages import Context
from audit.stages.preprocessing.preprocessing_search import Search
from audit.stages.preprocessing.preprocessing_stage import PreprocessingStage

IDS = ("k red dark", "d red", "m green dark", "b green", "z blue dark", "a blue")
RIGHT = {"input_size": 16, "resize": 18, "mean": 0.5, "std": 0.5}


class Colours(nn.Module):
    """Expects red, green, blue from -1 to 1: which is strongest, and how strong."""

    def __init__(self, order: Sequence[int] = range(6)) -> None:
        super().__init__()
        self.order = list(order)

    def forward(self, x: Tensor) -> Tensor:
        means = (x * (x.abs() <= 1)).mean((2, 3))  # blind to anything beyond
        strength = 20 * (means.amax(1, keepdim=True) - 0.2)
        hue = 8 * (means - means.mean(1, keepdim=True))
        logits = torch.stack([hue - strength, hue + strength], 2).flatten(1)
        return logits[:, self.order]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight of each class, 20 x 24 px."""
    folder = tmp_path_factory.mktemp("photographs")
    draw = np.random.default_rng(0)
    for index, name in enumerate(IDS):
        (folder / name).mkdir()
        for place in range(8):
            colour = np.full(3, 0.1)
            colour[index // 2] = 0.9 if index % 2 else 0.35
            pixels = np.clip(colour + draw.normal(0, 0.04, (20, 24, 3)), 0, 1)
            Image.fromarray((pixels * 255).astype(np.uint8)).save(folder / name / f"{place}.png")
    return folder


def trials(folder: Path, *settings: str, classes: Sequence[str] = IDS, **given: Any) -> PreprocessingTrials:
    made = compute(context(folder, load(Colours(), classes=classes, **{**RIGHT, **given}), *settings))
    assert isinstance(made.body, TrialsUnit)
    return made.body.trials


def context(folder: Path, classifier: Classifier, *settings: str) -> Context:
    config = read_config("quick", settings)
    photos = scan(folder, classifier.classes, limit=1000, seed=0, baseline=None)
    return Context(classifier, config, None, None, (0, 1), Path("a run"), photos)  # type: ignore[arg-type]


def compute(context: Context) -> Any:
    stage = PreprocessingStage()
    (unit,) = stage.units(context)
    told: list[float] = []
    made = stage.compute(unit, context, [], told.append)
    assert sum(told) == pytest.approx(made.views)
    assert made.views <= stage.views(context)
    return made


def best(found: PreprocessingTrials) -> Trial:
    return max(found.trials, key=lambda trial: (trial.correct or 0, trial.kind == "as given"))


def test_nothing_beats_the_right_path(photographs: Path) -> None:
    found = trials(photographs)
    assert (found.photographs, found.labelled, found.classes_file) == (48, True, None)
    given, *others = found.trials
    assert (given.name, given.flags, given.correct, given.gained, given.lost) == ("as given", "", 48, 0, 0)
    assert {t.kind for t in others} == {"scale", "channel order", "geometry", "labels"}
    assert all(t.gained == 0 and t.lost == 48 - (t.correct or 0) for t in others)
    assert all(t.flags for t in others if t.kind != "labels")


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"mean": 0.0, "std": 1.0}, "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5"),
        ({"channel_order": "bgr"}, "--channel-order rgb"),
        (
            {"mean": 0.0, "std": 1.0, "channel_order": "bgr"},
            "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5 --channel-order rgb",
        ),
    ],
)
def test_what_was_given_wrongly_is_found(photographs: Path, given: dict[str, Any], expected: str) -> None:
    found = trials(photographs, **given)
    assert best(found).correct == 48
    assert best(found).flags == expected
    assert found.trials[0].correct < 48
    assert (best(found).kind == "combination") == (len(given) == 3)


def test_a_needless_change_is_not_advised(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong order hides that the scale is right: another scale helps until the order is right.

    Of 48 photographs 24 are right as given, 36 on any other scale, 44 in the right order, 45 in both.
    """

    def answers(search: Search, path: Preprocessing) -> Any:
        assert search.labels is not None
        scaled = path.std != search.given.std
        count = (44 + scaled) if path.order == "rgb" else (36 if scaled else 24)
        place = np.arange(len(search.labels))
        first = np.where(place * 7 % len(place) < count, search.labels, (search.labels + 1) % len(IDS))
        return np.eye(len(IDS), dtype=np.float32)[first]

    monkeypatch.setattr(Search, "_probabilities", answers)
    classifier = load(Colours(), classes=IDS, **{**RIGHT, "channel_order": "bgr"})
    stage, made = PreprocessingStage(), context(photographs, classifier)
    (unit,) = stage.units(made)
    body = stage.compute(unit, made, [], lambda views: None).body
    assert isinstance(body, TrialsUnit)
    found = body.trials
    alone = next(t for t in found.trials if t.kind == "channel order")
    both = next(t for t in found.trials if t.kind == "combination")
    assert (alone.correct, alone.changes, alone.best_only, alone.own_only) == (44, 1, 1, 0)
    assert (both.correct, both.changes, both.best_only, both.own_only) == (45, 2, 0, 0)
    assert alone.by_chance == pytest.approx(1 / 6, abs=0.02)
    tried = Results.model_construct(model=classifier.info(), preprocessing=found)
    (finding,) = CHECKS["preprocessing"].evaluate(tried, effective({})).findings
    assert finding.next_step == "Add to the command: --channel-order rgb"


def test_a_list_that_fits_is_written_and_fits(photographs: Path) -> None:
    mixed = [IDS[i] for i in (3, 0, 5, 1, 4, 2)]
    classifier = load(Colours(), classes=mixed, **RIGHT)
    made = compute(context(photographs, classifier))
    winner = best(made.body.trials)
    assert (winner.kind, winner.correct) == ("labels", 48)
    assert made.body.trials.classes_file == "classes-that-fit.txt"
    assert shlex.split(winner.flags) == ["--classes", "a run/classes-that-fit.txt"]
    assert made.files["classes-that-fit.txt"].decode().splitlines() == list(IDS)
    others = [t for t in made.body.trials.trials if t.kind == "labels" and t != winner]
    assert len(others) > 2
    assert {t.flags for t in others} == {""}


def test_a_wrong_list_and_a_wrong_scale(photographs: Path) -> None:
    mixed = [IDS[i] for i in (3, 0, 5, 1, 4, 2)]
    winner = best(trials(photographs, classes=mixed, mean=0.0, std=1.0))
    assert (winner.kind, winner.correct) == ("combination", 48)
    assert "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5" in winner.flags
    assert "--classes 'a run/classes-that-fit.txt'" in winner.flags


def test_a_wrong_list_where_the_wrong_path_leaves_nothing_to_read(photographs: Path) -> None:
    mixed = [IDS[i] for i in (3, 0, 5, 1, 4, 2)]
    # Loading would refuse such a path, on which no gradient reaches the input.
    right = load(Colours(), classes=mixed, **RIGHT)
    blind = right.input.model_copy(update={"mean": (0.0,) * 3, "std": (0.01,) * 3})
    found = compute(context(photographs, right.seen_as(blind))).body.trials
    assert best(found).correct == 48
    assert "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5" in best(found).flags
    assert "--classes" in best(found).flags
    assert max(t.correct for t in found.trials if t.kind == "labels") < 24


def test_without_labels_only_confidence(photographs: Path, tmp_path: Path) -> None:
    for path in photographs.rglob("*.png"):
        (tmp_path / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    found = trials(tmp_path)
    assert not found.labelled
    assert {(t.correct, t.gained, t.lost) for t in found.trials} == {(None, None, None)}
    assert {t.kind for t in found.trials} == {"as given", "scale", "channel order", "geometry"}
    assert all(0 < t.confidence <= 1 for t in found.trials)


def test_geometries_without_effect_or_pixels_are_left_out(photographs: Path) -> None:
    kinds = [t for t in trials(photographs, resize="none", input_size=20).trials if t.kind == "geometry"]
    assert {t.flags for t in kinds} == {"--resize 20", "--interpolation bicubic", "--interpolation nearest"}


def test_photographs_that_cannot_be_used_are_left_out(photographs: Path, tmp_path: Path) -> None:
    for name in IDS:
        (tmp_path / name).mkdir()
        for path in (photographs / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    (tmp_path / IDS[0] / "0.png").write_bytes(b"no picture")
    Image.new("RGB", (9, 9)).save(tmp_path / IDS[1] / "0.png")
    assert trials(tmp_path).photographs == 46
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(b"no picture")
    assert trials(tmp_path).trials == []


def test_no_unit_without_photographs(photographs: Path) -> None:
    classifier = load(Colours(), classes=IDS, **RIGHT)
    assert PreprocessingStage().units(context(photographs, classifier, "preprocessing.photographs=0")) == []
    assert PreprocessingStage().views(context(photographs, classifier, "preprocessing.photographs=0")) == 0
    (unit,) = PreprocessingStage().units(context(photographs, classifier, "preprocessing.photographs=12"))
    assert len(unit) == 12
