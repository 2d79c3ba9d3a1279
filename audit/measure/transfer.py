"""Stage: what an independent network, the judge, answers on every picture.

A picture that only the audited network recognises shows what is peculiar to it; one that another network
recognises too shows the class (transfer to independent networks as a measure of a visualization).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from audit.classifier.margins import finite_answers, probabilities
from audit.measure.judge import Judge
from audit.measure.measured import SHOWN_ANSWERS, sketch
from audit.measure.saved import pictures_of, read_picture
from audit.measure.stage import FORWARD, Computed, Context, Tick, Together, chunks
from audit.measure.unconstrained import even_sample
from audit.results import Prediction, Transfer
from audit.results.units import Items, TransferUnit, UnitRecord

CLASSES = 16
"""Classes per unit."""
BATCH = 32


class TransferPictures:
    """One forward pass of the judge for each picture, with and without prior, all restarts."""

    name = "transfer"
    version = 1
    inputs: tuple[str, ...] = ("pictures", "unconstrained")
    together: Together = "no"

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Which network judges: another judge gives other records."""
        return context.judge.settings() if context.judge else {}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Groups of classes; none without a judge."""
        return chunks(context.classes, CLASSES) if context.judge else []

    def views(self, context: Context) -> float:
        """Forward passes, in views of the judge."""
        config = context.config
        bare = len(even_sample(context.classes, config.unconstrained.classes)) * config.unconstrained.restarts
        return FORWARD * (len(context.classes) * config.synthesis.restarts + bare) if context.judge else 0.0

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Ask the judge about the 8-bit files of these classes."""
        assert context.judge is not None
        judge = context.judge
        pictures = [p for group in pictures_of(inputs, items) for p in group.pictures]
        answers: dict[str, Transfer] = {}
        sketches: dict[str, str] = {}
        for start in range(0, len(pictures), BATCH):
            batch = pictures[start : start + BATCH]
            files = [context.folder / p.file for p in batch]
            images = torch.stack([read_picture(file, context.classifier.input.channels) for file in files])
            logits, features = judge.classifier.logits_and_features(judge.sees(images))
            shorthand = sketch(features.cpu())
            rows = judged(judge, logits.cpu(), [p.class_index for p in batch])
            for picture, row, text in zip(batch, rows, shorthand, strict=True):
                answers[picture.file] = row
                if picture.prior == "natural":
                    sketches[picture.file] = text
            tick(FORWARD * len(batch))
        return Computed(TransferUnit(answers=answers, sketches=sketches), FORWARD * len(pictures))


def judged(judge: Judge, logits: Tensor, classes: Sequence[int]) -> list[Transfer]:
    """The judge's logits `[n, k]` on images of these classes of the audited network, as records."""
    answered = finite_answers(logits)
    certain = torch.where(answered[:, None], probabilities(logits, judge.classifier.task), torch.nan)
    rows: list[Transfer] = []
    for own, sure, index, finite in zip(logits, certain, classes, answered.tolist(), strict=True):
        known = judge.classes[index]
        strongest = own.topk(min(SHOWN_ANSWERS, len(own))).indices.tolist()
        rows.append(
            Transfer(
                rank=None if known is None else 1 + int((own > own[known]).sum()) if finite else len(own),
                probability=None if known is None else float(sure[known]),
                top=[
                    Prediction(class_index=c, logit=float(own[c]), probability=float(sure[c]))
                    for c in strongest
                ],
            )
        )
    return rows
