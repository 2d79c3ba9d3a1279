"""Stage: what an independent network, the transfer model, answers on every picture.

A picture that only the audited network recognises shows what is peculiar to it; one that another network
recognises too shows the class (transfer to independent networks as a measure of a visualization).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.classifier.margins import finite_answers, probabilities
from audit.images.png import read_picture
from audit.photos import read
from audit.records import Prediction, Transfer
from audit.records.record import UnitBody
from audit.records.unit_records import Items, TransferUnit, UnitRecord
from audit.stages.artifacts import pictures_of
from audit.stages.pictures.record_pictures import SHOWN_ANSWERS, sketch
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Tick, Together, chunks, even_sample
from audit.stages.transfer.class_matching import TransferModel
from audit.stages.transfer.transfer_reduction import (
    class_transfers,
    transfer_diversities,
    transfer_info,
)

CLASSES = 16
"""Classes per unit."""
BATCH = 32


class TransferPictures:
    """One forward pass of the transfer model for each picture, with and without prior, all restarts."""

    name = "transfer"
    version = 1
    inputs: tuple[str, ...] = ("pictures", "unconstrained")
    together: Together = "no"
    body: type[UnitBody] = TransferUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Which network judges: another transfer model gives other records."""
        return context.transfer_model.settings() if context.transfer_model else {}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Groups of classes; none without a transfer model."""
        return chunks(context.classes, CLASSES) if context.transfer_model else []

    def views(self, context: Context) -> float:
        """Forward passes, in views of the transfer model."""
        config = context.config
        bare = len(even_sample(context.classes, config.unconstrained.classes)) * config.unconstrained.restarts
        return (
            FORWARD * (len(context.classes) * config.synthesis.restarts + bare)
            if context.transfer_model
            else 0.0
        )

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Ask the transfer model about the 8-bit files of these classes."""
        assert context.transfer_model is not None
        transfer_model = context.transfer_model
        pictures = [p for group in pictures_of(inputs, items) for p in group.pictures]
        answers: dict[str, Transfer] = {}
        sketches: dict[str, str] = {}
        for start in range(0, len(pictures), BATCH):
            batch = pictures[start : start + BATCH]
            files = [context.folder / p.file for p in batch]
            images = torch.stack([read_picture(file, context.classifier.input.channels) for file in files])
            logits, features = transfer_model.classifier.logits_and_features(transfer_model.sees(images))
            shorthand = sketch(features.cpu())
            rows = judged(transfer_model, logits.cpu(), [p.class_index for p in batch])
            for picture, row, text in zip(batch, rows, shorthand, strict=True):
                answers[picture.file] = row
                if picture.prior == "natural":
                    sketches[picture.file] = text
            tick(FORWARD * len(batch))
        return Computed(TransferUnit(answers=answers, sketches=sketches), FORWARD * len(pictures))

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """The transfer model and what it recognised, and its answers on the pictures of each class."""
        classes: dict[int, dict[str, object]] = {}
        for index, own in class_transfers(records).items():
            classes.setdefault(index, {})["transfer"] = own
        for index, diversity in transfer_diversities(records).items():
            classes.setdefault(index, {})["transfer_diversity"] = diversity
        return Reduced(run={"transfer_model": transfer_info(context, records)}, classes=classes)


def judged(transfer_model: TransferModel, logits: Tensor, classes: Sequence[int]) -> list[Transfer]:
    """The transfer model's logits `[n, k]` on images of these classes of the audited network, as records."""
    answered = finite_answers(logits)
    answers = torch.where(answered[:, None], probabilities(logits, transfer_model.classifier.task), torch.nan)
    rows: list[Transfer] = []
    for own, certain, index, finite in zip(logits, answers, classes, answered.tolist(), strict=True):
        known = transfer_model.classes[index]
        strongest = own.topk(min(SHOWN_ANSWERS, len(own))).indices.tolist()
        rows.append(
            Transfer(
                rank=None if known is None else 1 + int((own > own[known]).sum()) if finite else len(own),
                probability=None if known is None else float(certain[known]),
                top=[
                    Prediction(class_index=c, logit=float(own[c]), probability=float(certain[c]))
                    for c in strongest
                ],
            )
        )
    return rows


# Stage: how often the transfer model is right on photographs, the scale for what it says of pictures.

PHOTOGRAPHS = 200
"""At most this many, spread evenly over the classes: a share of one half is then known to ±7 points."""


class TransferAccuracyStage:
    """One forward pass of the transfer model for each of a sample of labelled photographs."""

    name = "transfer-accuracy"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "stored"
    body: type[UnitBody] = TransferUnit

    def of(self, context: Context) -> Items:
        """Photographs."""
        return "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """Which network judges."""
        return context.transfer_model.settings() if context.transfer_model else {}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """Batches of an even sample; none without a transfer model or without labels."""
        photos = context.photos
        if context.transfer_model is None or photos is None or photos.kind != "labelled":
            return []
        return chunks(photos.even(PHOTOGRAPHS), BATCH)

    def views(self, context: Context) -> float:
        """Forward passes, in views of the transfer model."""
        return FORWARD * sum(len(unit) for unit in self.units(context))

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Ask the transfer model on its own preprocessing; photographs that are too small for it are left
        out."""
        assert context.transfer_model is not None
        assert context.photos is not None
        network = context.transfer_model.classifier
        photographs = read([context.photos.entries[i] for i in items], network.input)
        answers: dict[str, Transfer] = {}
        if photographs.indices:
            entries = [context.photos.entries[i] for i in photographs.indices]
            logits = network.logits(photographs.images.to(network.device)).cpu()
            labels = [entry.label for entry in entries]
            assert None not in labels
            rows = judged(context.transfer_model, logits, [label for label in labels if label is not None])
            answers = {entry.name: row for entry, row in zip(entries, rows, strict=True)}
        tick(FORWARD * len(answers))
        return Computed(TransferUnit(answers=answers, sketches={}), FORWARD * len(answers))

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Nothing by itself: the answers on the pictures are shown on this scale."""
        return Reduced()
