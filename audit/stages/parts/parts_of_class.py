"""The parts of one class: found on its images, then tested."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from audit.images.png import png
from audit.images.quantize import to_uint8_grid
from audit.parts.evidence_map import Region, as_tensor, evidence_map, outline, regions
from audit.parts.gallery import Alike, likeness, most_alike
from audit.parts.gallery import seen as seen_by
from audit.parts.outlined import outlined
from audit.parts.part_tests import answers, on_grey, pasted, without
from audit.parts.pieces import GREY, answers_on_pieces, log_odds
from audit.parts.recurring import ALIKE, Seen, recurring
from audit.records import Agreement, Proportion
from audit.records.parts import Appearance, Neighbour, Part
from audit.stages.parts.class_images import Beside, Images
from audit.stages.stage import Context, Spent

PARTS = 3
"""Of a class, and regions of an image, at most: those that say less are left out."""
SHOWN = 6
"""Appearances of a part that are shown."""
BESIDE = 4
"""Pieces of other classes that are shown beside a part."""
DIGITS = 4
Files = dict[str, bytes]


def parts_of(
    item: int, context: Context, own: Images, beside: Beside, tick: Spent
) -> tuple[list[Part], Files]:
    """What recurs on the images of a class and speaks for it, the part that says most first; and the pictures
    that show it."""
    files: Files = {}
    if not len(own):
        return [], files
    classifier, batch = context.classifier, context.config.probes.batch
    height, width = own.images.shape[2:]
    on_pieces = answers_on_pieces(classifier, own.images, batch, tick)[:, :, item]
    # As pieces are: a network that is sensitive to half a level would take grey itself for evidence.
    plain = to_uint8_grid(torch.full_like(own.images[:1], GREY)).to(classifier.device)
    grey = float(log_odds(classifier.folded().logits(plain).cpu())[0, item])
    maps = evidence_map(on_pieces, grey, height, width)
    found = [(place, region) for place, one in enumerate(maps) for region in regions(one)[:PARTS]]
    if not found:
        return [], files
    masks = torch.stack([as_tensor(region.mask) for _, region in found])
    images = own.images[[place for place, _ in found]]
    features, _ = seen_by(classifier, on_grey(images, masks), batch, tick)
    seen = [Seen(place, region, one) for (place, region), one in zip(found, features, strict=True)]
    centre = beside.gallery.centre if len(beside.gallery.features) else torch.zeros_like(features[0])
    parts = [
        _tested(item, context, own, group, beside, tick, files, f"images/parts/{item}-{number}")
        for number, group in enumerate(recurring(seen, centre)[:PARTS])
    ]
    return parts, files


def _tested(
    item: int,
    context: Context,
    own: Images,
    group: Sequence[Seen],
    beside: Beside,
    tick: Spent,
    files: Files,
    stem: str,
) -> Part:
    """One part with all that is asked of it; the pictures that show it are added to the files."""
    fast, batch = context.classifier.folded(), context.config.probes.batch
    places = sorted({one.image for one in group})
    joined = [_together([one.region for one in group if one.image == place]) for place in places]
    images, masks = own.images[places], torch.stack([as_tensor(region.mask) for region in joined])
    alone = answers(fast, on_grey(images, masks), batch, tick) == item
    answered = answers(fast, images, batch, tick) == item
    lacking = without(fast, images[answered], masks[answered], item, batch, context.config.seed, tick)
    others = beside.photographs
    free = others.images[(torch.tensor(others.classes) != item) & (beside.answered != item)]
    # The control has the same places from photographs of other classes: what any paste does.
    stuck, plain = (
        Proportion.of(
            int((answers(fast, pasted(free, donors, masks_of), batch, tick) == item).sum()), len(free)
        )
        if len(free)
        else Proportion.of(0, 0)
        for donors, masks_of in (
            (images, masks),
            (free.roll(len(free) // 2, 0), masks[torch.arange(len(free)) % len(masks)]),
        )
    )
    features = torch.stack([one.features for one in group])
    like = most_alike(beside.gallery, features)
    lookalikes, unlike = _elsewhere(item, beside, features)
    return Part(
        class_index=item,
        recurrence=Agreement(k=len(places), n=len(own)),
        area=_mean([region.area for region in joined]),
        share=_mean([region.share for region in joined]),
        appearances=[
            _appearance(own, places[n], joined[n], files, f"{stem}-{number}.png")
            for number, n in enumerate(_shown(own, places, joined))
        ],
        alone=Proportion.of(int(alone.sum()), len(alone)),
        pasted=stuck,
        plain=plain,
        without=Proportion.of(lacking.kept, lacking.count),
        without_answers=lacking.others[:PARTS],
        lookalikes=lookalikes,
        unlike=unlike,
        own_among=next((n for n, one in enumerate(like, 1) if one.class_index == item), None),
        neighbours=[
            _neighbour(beside.images, one, files, f"{stem}-like-{one.class_index}.png")
            for one in [one for one in like if one.class_index != item][:BESIDE]
        ],
    )


def _elsewhere(item: int, beside: Beside, features: Tensor) -> tuple[Proportion, Proportion]:
    """Pieces of photographs of other classes that are answered as the class: of those that look like the part
    to the network, and of all others."""
    shown = beside.gallery
    if not len(shown.features):
        return Proportion.of(0, 0), Proportion.of(0, 0)
    natural = torch.tensor(beside.images.natural)[shown.images]
    foreign = natural & (shown.classes[shown.images] != item)
    like, answered = likeness(shown, features) >= ALIKE, shown.answers == item
    found, others = (answered[foreign & rows] for rows in (like, ~like))
    return Proportion.of(int(found.sum()), len(found)), Proportion.of(int(others.sum()), len(others))


def _together(found: Sequence[Region]) -> Region:
    """Regions of one image as one."""
    mask = found[0].mask
    for region in found[1:]:
        mask = mask | region.mask
    return Region(mask, sum(region.share for region in found))


def _shown(own: Images, places: Sequence[int], joined: Sequence[Region]) -> list[int]:
    """Which are shown: pictures of the network and photographs, half of each where there are both."""
    order = sorted(range(len(places)), key=lambda n: -joined[n].share)
    drawn = [n for n in order if not own.natural[places[n]]]
    natural = [n for n in order if own.natural[places[n]]]
    half = max(SHOWN // 2, SHOWN - len(natural))
    return [*drawn[:half], *natural][:SHOWN]


def _appearance(own: Images, place: int, region: Region, files: Files, file: str) -> Appearance:
    files[file] = png(to_uint8_grid(outlined(own.images[place], region.mask)))
    return Appearance(
        file=own.files[place],
        outlined=file,
        origin="natural" if own.natural[place] else "synthesised",
        outline=outline(region.mask),
        area=round(region.area, DIGITS),
        share=round(region.share, DIGITS),
    )


def _neighbour(images: Images, alike: Alike, files: Files, file: str) -> Neighbour:
    piece = alike.piece
    mask = np.zeros(images.images.shape[2:], dtype=bool)
    mask[piece.top : piece.bottom, piece.left : piece.right] = True
    files[file] = png(to_uint8_grid(outlined(images.images[alike.image], mask)))
    return Neighbour(
        class_index=alike.class_index,
        file=images.files[alike.image],
        outlined=file,
        origin="natural" if images.natural[alike.image] else "synthesised",
        similarity=round(alike.similarity, DIGITS),
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), DIGITS)
