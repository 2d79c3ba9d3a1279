from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import photo_run as here
import pytest
import torch

from audit.classifier import Classifier, load
from audit.records import Picture
from audit.records.unit_records import TransferUnit, UnitRecord
from audit.stages import Context
from audit.stages.pictures.drawing_stages import Pictures, Unconstrained
from audit.stages.transfer.class_matching import TransferModel, appoint
from audit.stages.transfer.transfer_stage import TransferPictures


def drawn(context: Context) -> tuple[list[UnitRecord], list[Picture]]:
    """Records of all pictures, and the pictures."""
    units = [*here.computed(Pictures(), context), *here.computed(Unconstrained(), context)]
    return units, [p for unit in units for group in unit.body.pictures for p in group.pictures]


def asked(
    context: Context, transfer_model: TransferModel | Classifier, units: Sequence[UnitRecord]
) -> TransferUnit:
    transfer_model = (
        transfer_model
        if isinstance(transfer_model, TransferModel)
        else appoint(transfer_model, context.classifier)
    )
    (unit,) = here.computed(TransferPictures(), replace(context, transfer_model=transfer_model), units)
    return unit.body


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return here.context(tmp_path / "run", None)


def test_the_network_as_its_own_judge_repeats_its_answers(context: Context) -> None:
    units, pictures = drawn(context)
    body = asked(context, context.classifier, units)
    assert list(body.answers) == [p.file for p in pictures]
    for picture in pictures:
        answer = body.answers[picture.file]
        assert answer.rank == picture.rank
        assert answer.probability == pytest.approx(picture.probability, abs=1e-5)
        assert [a.class_index for a in answer.top] == [a.class_index for a in picture.top]
    own = {
        p.file: text
        for unit in units
        for g in unit.body.pictures
        if g.prior == "natural"
        for p, text in zip(g.pictures, g.sketches, strict=True)
    }
    assert body.sketches.keys() == own.keys()
    assert sum(own[file] == text for file, text in body.sketches.items()) > len(own) / 2


def test_a_judge_with_its_outputs_in_another_order_says_the_same(context: Context) -> None:
    units, pictures = drawn(context)
    order = [4, 2, 0, 5, 1, 3]
    module = load(f"{context.folder.parent}/net1.py:make").module
    with torch.no_grad():
        module[-1].weight.copy_(module[-1].weight[order].clone())
        module[-1].bias.copy_(module[-1].bias[order].clone())
    names = [context.classifier.classes[i].name for i in order]
    transfer_model = load(module, classes=names, input_size=32, mean=0.5, std=0.25)
    body = asked(context, transfer_model, units)
    assert len({p.rank for p in pictures}) > 1, "else any order would do"
    for picture in pictures:
        answer = body.answers[picture.file]
        assert answer.rank == picture.rank
        assert answer.probability == pytest.approx(picture.probability, abs=1e-5)
        assert [order[a.class_index] for a in answer.top] == [a.class_index for a in picture.top]


def test_a_class_that_the_judge_lacks_has_answers_but_no_rank(context: Context) -> None:
    units, pictures = drawn(context)
    transfer_model = replace(appoint(context.classifier, context.classifier), classes=(0, 1, None, 3, 4, 5))
    body = asked(context, transfer_model, units)
    without = {p.file for p in pictures if p.class_index == 2}
    assert without == {file for file, answer in body.answers.items() if answer.rank is None}
    assert all(body.answers[file].probability is None and body.answers[file].top for file in without)


def test_views_are_those_foretold_and_there_is_nothing_to_do_without_a_judge(context: Context) -> None:
    units, _ = drawn(context)
    stage = TransferPictures()
    assert (stage.units(context), stage.views(context)) == ([], 0)
    with_judge = replace(context, transfer_model=appoint(context.classifier, context.classifier))
    spent = sum(unit.views for unit in here.computed(stage, with_judge, units))
    assert spent == pytest.approx(stage.views(with_judge))
    assert spent > 0


def test_another_judge_or_another_class_list_has_other_settings(context: Context, tmp_path: Path) -> None:
    def settings(transfer_model: TransferModel) -> str:
        return str(TransferPictures().settings(replace(context, transfer_model=transfer_model)))

    other = load(here.tiny.write(tmp_path, seed=2))
    judges = [appoint(network, context.classifier) for network in (context.classifier, other)]
    judges.append(replace(judges[0], classes=(0, 1, 2, 3, 4, None)))
    assert len({settings(transfer_model) for transfer_model in judges}) == 3
    assert settings(judges[1]) == settings(appoint(other, context.classifier))
