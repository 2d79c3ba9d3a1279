"""Records of the transfer model's answers → what the run and each class show of them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from audit.records import (
    ClassPictures,
    ClassResult,
    Diversity,
    Proportion,
    Transfer,
    TransferAccuracy,
    TransferInfo,
)
from audit.records.unit_records import TransferUnit, UnitRecord
from audit.stages import Context
from audit.stages.pictures.record_pictures import read_sketch
from audit.stages.transfer.restart_agreement import diversities

TOP = 5


def transfer_info(
    context: Context, records: Sequence[UnitRecord], classes: Sequence[ClassResult]
) -> TransferInfo | None:
    """The transfer model and what it recognised of the audited classes; None where the run had none."""
    if context.transfer_model is None:
        return None
    info = context.transfer_model.classifier.info()
    known = len(info.classes)
    chosen = {
        prior: [c.transfer[p.file] for c in classes for p in c.pictures if p.chosen and p.prior == prior]
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


def transfers(records: Sequence[UnitRecord]) -> dict[str, Transfer]:
    """Picture file → the transfer model's answer."""
    return _answers(records, "classes")


def own_diversities(drawn: Sequence[ClassPictures]) -> dict[int, Diversity]:
    """Class → how differently its restarts look to the network."""
    sketches = {p.file: s for g in drawn for p, s in zip(g.pictures, g.sketches, strict=True)}
    return _diversities(drawn, sketches)


def transfer_diversities(
    drawn: Sequence[ClassPictures], records: Sequence[UnitRecord]
) -> dict[int, Diversity]:
    """Class → how differently its restarts look to the transfer model; empty without one."""
    bodies = [r.body for r in records if isinstance(r.body, TransferUnit)]
    sketches = {file: text for body in bodies for file, text in body.sketches.items()}
    return _diversities(drawn, sketches) if sketches else {}


def _diversities(drawn: Sequence[ClassPictures], sketches: Mapping[str, str]) -> dict[int, Diversity]:
    return diversities(
        {
            group.class_index: {p.restart: read_sketch(sketches[p.file]) for p in group.pictures}
            for group in drawn
            if group.prior == "natural"
        }
    )


def _answers(records: Sequence[UnitRecord], of: str) -> dict[str, Transfer]:
    bodies = [r.body for r in records if r.of == of and isinstance(r.body, TransferUnit)]
    return {name: answer for body in bodies for name, answer in body.answers.items()}
