"""Records of the transfer model's answers → what the run and each class show of them."""

import math
from collections.abc import Sequence

import numpy as np

from audit.records import Diversity, Proportion, Transfer, TransferAccuracy, TransferInfo
from audit.records.unit_records import PicturesUnit, TransferUnit, UnitRecord
from audit.stages.pictures.pictures_reduction import natural_groups, sketched
from audit.stages.stage import Context, bodies

TOP = 5


def transfer_info(context: Context, records: Sequence[UnitRecord]) -> TransferInfo | None:
    """The transfer model and what it recognised of the audited classes; None where the run had none."""
    if context.transfer_model is None:
        return None
    info = context.transfer_model.classifier.info()
    known = len(info.classes)
    answers, audited = _answers(records, "classes"), set(context.classes)
    drawn = [p for body in bodies(records, PicturesUnit) for group in body.pictures for p in group.pictures]
    chosen = {
        prior: [
            answers[p.file]
            for p in drawn
            if p.chosen and p.prior == prior and p.class_index in audited and p.file in answers
        ]
        for prior in ("natural", "none")
    }
    photographs = _answers(records, "photographs")
    return TransferInfo(
        model=info,
        classes=list(context.transfer_model.classes),
        notes=[*context.transfer_model.notes, *info.warnings],
        natural=transfer_accuracy(chosen["natural"], known),
        unconstrained=transfer_accuracy(chosen["none"], known),
        photographs=transfer_accuracy(list(photographs.values()), known),
    )


def transfer_accuracy(answers: Sequence[Transfer], known: int) -> TransferAccuracy | None:
    """The share of the images whose class the transfer model, of `known` classes, has; None where there is
    none."""
    ranks = [answer.rank for answer in answers if answer.rank is not None]
    if not ranks:
        return None
    sure = [
        0.0 if math.isnan(answer.probability) else answer.probability
        for answer in answers
        if answer.probability is not None
    ]
    return TransferAccuracy(
        top1=Proportion.of(sum(rank == 1 for rank in ranks), len(ranks)),
        top5=Proportion.of(sum(rank <= TOP for rank in ranks), len(ranks)) if known > TOP else None,
        probability=float(np.mean(sure)),
    )


def class_transfers(records: Sequence[UnitRecord]) -> dict[int, dict[str, Transfer]]:
    """Class → picture file → the transfer model's answer."""
    answers, found = _answers(records, "classes"), dict[int, dict[str, Transfer]]()
    for picture in (p for body in bodies(records, PicturesUnit) for g in body.pictures for p in g.pictures):
        if picture.file in answers:
            found.setdefault(picture.class_index, {})[picture.file] = answers[picture.file]
    return found


def transfer_diversities(records: Sequence[UnitRecord]) -> dict[int, Diversity]:
    """Class → how differently its restarts look to the transfer model; empty without one."""
    sketches = {file: text for body in bodies(records, TransferUnit) for file, text in body.sketches.items()}
    return sketched(natural_groups(records), sketches) if sketches else {}


def _answers(records: Sequence[UnitRecord], of: str) -> dict[str, Transfer]:
    own = bodies([record for record in records if record.of == of], TransferUnit)
    return {name: answer for body in own for name, answer in body.answers.items()}
