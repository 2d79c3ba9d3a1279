from dataclasses import replace
from pathlib import Path

import photo_run as here
import pytest

from audit.classifier import load
from audit.stages.photographs.photographs_stage import Photographs
from audit.stages.transfer.class_matching import appoint
from audit.stages.transfer.transfer_stage import TransferAccuracyStage

NAMES = ("banana/a.png", "banana/b.png", "goldfish/c.png", "plum/d.png", "plum/e.png")


def test_the_network_as_its_own_judge_repeats_its_accuracy(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    context = here.context(tmp_path / "run", photographs)
    context = replace(context, transfer_model=appoint(context.classifier, context.classifier))
    (own,) = here.computed(Photographs(), context)
    (unit,) = here.computed(TransferAccuracyStage(), context)
    assert {p.name: p.rank for p in own.body.photographs} == {n: a.rank for n, a in unit.body.answers.items()}
    for photograph in own.body.photographs:
        assert unit.body.answers[photograph.name].probability == pytest.approx(
            photograph.probability, rel=1e-3
        )
    assert unit.views == pytest.approx(TransferAccuracyStage().views(context))


def test_a_flat_folder_is_no_scale(tmp_path: Path) -> None:
    context = here.context(tmp_path / "run", here.folder_of(tmp_path / "photos", ["a.png", "b.png"]))
    context = replace(context, transfer_model=appoint(context.classifier, context.classifier))
    assert TransferAccuracyStage().units(context) == []


def test_photographs_too_small_for_the_judge_are_left_out(tmp_path: Path) -> None:
    photographs = here.folder_of(tmp_path / "photos", NAMES)
    here.draw(photographs / "banana" / "large.png", 9, side=60)
    context = here.context(tmp_path / "run", photographs)
    transfer_model = here.tiny.write(tmp_path, seed=2, size=50)
    context = replace(context, transfer_model=appoint(load(transfer_model), context.classifier))
    (unit,) = here.computed(TransferAccuracyStage(), context)
    assert list(unit.body.answers) == ["banana/large.png"]
