"""The cut-and-paste test: is the centre of a picture still classified as its class inside a photograph?

A network can process synthetic pictures by another path than natural ones (Geirhos et al. 2024,
arXiv:2306.04719), and can hide this from an inspection of its layers. But then its prediction must change
where the picture is only a part of a photograph. The test uses predictions only, and pastes at the original
scale.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.margins import finite_answers
from audit.photos import read
from audit.photos.photoset import spread
from audit.records import Proportion
from audit.records.unit_records import PhotographsUnit
from audit.stages.stage import FORWARD, Context, Tick

SIDE = 0.7
"""Side of the pasted centre, as a share of the picture's side: half of its area. Honest networks classify .63
(one trained against attacks) to .98 of the composites as the class, a fooling circuit .06. With .6 honest
ones fall to .47, and with .85 the circuit keeps .53 (`benchmarks/badge.txt`)."""
FEWEST = 4
"""Fewer photographs of other classes than this are not enough for the test."""
SPARE = 4
"""So many times the photographs needed are read, because each class leaves out its own."""


def composite(picture: Tensor, photographs: Tensor, random: torch.Generator) -> Tensor:
    """Photographs `[n, c, h, w]`, each with the centre of the picture `[c, h, w]` pasted at a random
    place."""
    height, width = photographs.shape[2:]
    h, w = round(SIDE * height), round(SIDE * width)
    top, left = (height - h) // 2, (width - w) // 2
    middle = picture[:, top : top + h, left : left + w]
    mixed = photographs.clone()
    for image in mixed:
        y, x = (int(torch.randint(n + 1, (1,), generator=random)) for n in (height - h, width - w))
        image[:, y : y + h, x : x + w] = middle
    return mixed


def survivors(
    items: Sequence[int],
    picture: Callable[[int], Tensor],
    context: Context,
    bodies: Sequence[PhotographsUnit],
    tick: Tick,
) -> dict[int, Proportion]:
    """Class → how many composites are classified as it; `picture` gives the class's picture `[c, h, w]`.

    Photographs of the class, or classified as it, are left out. Classes with too few others are missing.
    """
    wanted = context.config.reliability.cut_and_paste
    known = [photo for body in bodies for photo in body.photographs if photo.finite]
    chosen = [known[place] for place in spread([p.label for p in known], SPARE * wanted)]
    if not wanted or len(chosen) < FEWEST:
        return {}
    assert context.photos is not None
    seen = read([context.photos.entries[photo.index] for photo in chosen], context.classifier.input)
    assert not seen.skipped  # they were read before, and their bytes are the same
    found: dict[int, Proportion] = {}
    for item in items:
        others = [i for i, p in enumerate(chosen) if item not in (p.label, p.answer.class_index)]
        others = others[:: max(1, len(others) // wanted)][:wanted]
        if len(others) >= FEWEST:
            random = generator(context.config.seed, "cut_and_paste", item)
            mixed = composite(picture(item), seen.images[others], random)
            found[item] = Proportion.of(_answered(context.classifier, mixed, item), len(others))
            tick(FORWARD * len(others))
    return found


@torch.no_grad()
def _answered(classifier: Classifier, images: Tensor, item: int) -> int:
    """How many images `[n, c, h, w]` are classified as this class."""
    logits = classifier.logits(images.to(classifier.device))
    hits = logits[:, item] > 0 if classifier.task == "multi-label" else logits.argmax(1) == item
    return int((hits & finite_answers(logits)).sum())
