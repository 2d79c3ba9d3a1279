"""Stage: the parts of the classes that stand out, on their pictures and photographs.

Where is the evidence, does it recur, is it enough alone, what is missed without it, and whose is it?
"""

from collections.abc import Sequence

import torch

from audit.parts.gallery import chosen_pieces
from audit.parts.pieces import VERSION, pieces
from audit.records.parts import Part
from audit.records.record import UnitBody
from audit.records.unit_records import Items, PartsUnit, UnitRecord
from audit.stages.parts.chosen_classes import chosen_classes
from audit.stages.parts.class_images import beside, images_of
from audit.stages.parts.parts_of_class import PARTS, parts_of
from audit.stages.parts.pieces_stage import HALVES
from audit.stages.probes.carrier_images import content
from audit.stages.stage import FORWARD, Computed, Context, Reduced, Spent, Tick, Together, bodies

PASSES = 8
"""Of each image of a class besides its pieces, about."""


class PartsOfClasses:
    """All classes are one unit."""

    name = "parts"
    version = 1
    inputs: tuple[str, ...] = ("pictures", "pieces", "probes", "fitted-changes", "unconstrained")
    together: Together = "computed"
    body: type[UnitBody] = PartsUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """How pieces are made, and the photographs."""
        config = context.config.parts
        photographs = context.photos is not None
        return {
            "pieces": VERSION,
            "classes": config.classes,
            "images": config.images,
            "others": config.others,
            "photographs": [content(context, half) for half in HALVES] if photographs else None,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """All classes together: which are looked at depends on all, and each is compared with all."""
        fits = context.classifier.task == "single-label" and context.classifier.input.channels in (1, 3)
        return [context.classes] if fits and context.config.parts.classes and context.classes else []

    def views(self, context: Context) -> float:
        """At most: the pieces and tests of each image of each class, and of those that they are compared
        with."""
        config, size = context.config.parts, context.classifier.size
        with_photographs = context.photos is not None
        images = context.config.synthesis.restarts + (config.images if with_photographs else 0)
        each = images * (len(pieces(*size)) + PASSES) + (3 * PARTS * config.others if with_photographs else 0)
        classes = min(config.classes, len(context.classes)) if self.units(context) else 0
        shared = len(chosen_pieces(*size)) * config.others * (2 if with_photographs else 1)
        return FORWARD * (classes * each + shared) if classes else 0.0

    @torch.no_grad()
    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Find the parts of the classes that small pieces tell best and of the suspects of probes, and test
        them."""
        spent, files, found = Spent(tick), dict[str, bytes](), dict[int, list[Part]]()
        compared = beside(context, inputs, spent)
        for item in chosen_classes(context, inputs):
            own = images_of(item, context, inputs, spent)
            found[item], drawn = parts_of(item, context, own, compared, spent)
            files.update(drawn)
            shown = {one.file for part in found[item] for one in (*part.appearances, *part.neighbours)}
            files.update(own.crops(shown) | compared.photographs.crops(shown))
        return Computed(PartsUnit(parts=found), spent.views, files)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Those of each class."""
        parts = {index: own for body in bodies(records, PartsUnit) for index, own in body.parts.items()}
        return Reduced(classes={index: {"parts": own} for index, own in parts.items()})
