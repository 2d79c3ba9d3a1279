"""Stage: how well each class is told by small pieces of photographs, shown alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from audit.calibration.scores import FEWEST_SHOWN
from audit.parts.pieces import VERSION, answers_on_pieces, pieces
from audit.parts.told_by_pieces import REGIONS, told_by_pieces
from audit.records.parts import Pieces, ToldByPieces
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PiecesUnit, UnitRecord
from audit.stages.probes.carrier_images import FEWEST, Part, apart, carriers, content
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, bodies

HALVES: tuple[Part, ...] = ("probing", "held back")
"""Suspicion comes from the first; the second is asked only where parts of classes are looked at."""
DIGITS = 5


class PiecesOfPhotographs:
    """Each half of the photographs is one unit."""

    name = "pieces"
    version = 1
    inputs: tuple[str, ...] = ()
    together: Together = "no"
    body: type[UnitBody] = PiecesUnit

    def of(self, context: Context) -> Items:
        """Halves, each of which says its photographs."""
        return "changes"

    def contents(self, context: Context) -> dict[int, object]:
        """Number of a half → its photographs."""
        return {place: [half, content(context, half)] for place, half in enumerate(HALVES)}

    def settings(self, context: Context) -> dict[str, object]:
        """How pieces are made."""
        return {"pieces": VERSION, "regions": REGIONS}

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """None where no class has enough photographs to say how well it is told."""
        if not _labels_suffice(context):
            return []
        return [(0,), (1,)] if context.config.parts.classes else [(0,)]

    def views(self, context: Context) -> float:
        """A forward pass for each piece of each photograph."""
        count = len(pieces(*context.classifier.size))
        return sum(FORWARD * count * len(apart(context)[HALVES[i]]) for (i,) in self.units(context))

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Ask about every piece of every photograph of a half."""
        spent, told = Spent(tick), dict[int, ToldByPieces]()
        for item in items:
            given = carriers(context, HALVES[item])
            if given.labels is None:
                continue
            kept = given.labels >= 0
            images, labels = given.images[kept], given.labels[kept].numpy()
            found = answers_on_pieces(context.classifier, images, context.config.probes.batch, spent)
            told[item] = _record(
                told_by_pieces(found, pieces(*context.classifier.size), labels),
                labels,
                len(context.classifier.classes),
            )
        return Computed(PiecesUnit(told=told), spent.views)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Both halves."""
        told = {item: each for body in bodies(records, PiecesUnit) for item, each in body.told.items()}
        if 0 not in told:
            return Reduced()
        return Reduced(run={"pieces": Pieces(version=VERSION, probing=told[0], held_back=told.get(1))})


def _labels_suffice(context: Context) -> bool:
    if context.photos is None or context.photos.kind != "labelled":
        return False
    entries = context.photos.entries
    half = [entries[i].label for i in apart(context)["probing"]]
    counts = np.bincount([label for label in half if label is not None] or [0])
    several = int(np.count_nonzero(counts)) > 1
    return len(half) >= FEWEST and int(counts.max()) >= FEWEST_SHOWN and several


def _record(told: dict[str, NDArray[Any]], labels: NDArray[Any], k: int) -> ToldByPieces:
    return ToldByPieces(
        photographs=len(labels),
        told={region: [round(float(v), DIGITS) for v in values] for region, values in told.items()},
        shown=np.bincount(labels, minlength=k).tolist(),
    )
