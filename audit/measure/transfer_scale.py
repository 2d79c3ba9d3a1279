"""Stage: how often the judge is right on photographs, the scale for what it says of pictures."""

from collections.abc import Sequence

import torch

from audit.measure.stage import FORWARD, Computed, Context, Tick, Together, chunks
from audit.measure.transfer import BATCH, judged
from audit.photos import read
from audit.results import Transfer
from audit.results.units import Items, TransferUnit, UnitRecord

PHOTOGRAPHS = 200
"""At most this many, spread evenly over the classes: a share of one half is then known to ±7 points."""


class TransferScale:
    """One forward pass of the judge for each of a sample of labelled photographs."""

    name = "transfer-scale"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "stored"

    def of(self, context: Context) -> Items:
        """Photographs."""
        return "photographs"

    def settings(self, context: Context) -> dict[str, object]:
        """Which network judges."""
        return context.judge.settings() if context.judge else {}

    def units(self, context: Context) -> list[tuple[int, ...]]:
        """Batches of an even sample; none without a judge or without labels."""
        photos = context.photos
        if context.judge is None or photos is None or photos.kind != "labelled":
            return []
        return chunks(photos.even(PHOTOGRAPHS), BATCH)

    def views(self, context: Context) -> float:
        """Forward passes, in views of the judge."""
        return FORWARD * sum(len(unit) for unit in self.units(context))

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Ask the judge on its own input path; photographs that are too small for it are left out."""
        assert context.judge is not None
        assert context.photos is not None
        network = context.judge.classifier
        photographs = read([context.photos.entries[i] for i in items], network.input)
        answers: dict[str, Transfer] = {}
        if photographs.indices:
            entries = [context.photos.entries[i] for i in photographs.indices]
            logits = network.logits(photographs.images.to(network.device)).cpu()
            labels = [entry.label for entry in entries]
            assert None not in labels
            rows = judged(context.judge, logits, [label for label in labels if label is not None])
            answers = {entry.name: row for entry, row in zip(entries, rows, strict=True)}
        tick(FORWARD * len(answers))
        return Computed(TransferUnit(answers=answers, sketches={}), FORWARD * len(answers))
