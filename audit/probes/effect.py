"""What a change does to a network's answers: logits that move, photographs that are turned, and the harm.

Three scales of a verdict: *sufficient* (`turned` of `others`), *contributory* (`shift`) and *harm* (the
accuracy it costs; `lost` of `own`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.cost import FORWARD
from audit.images.quantize import to_uint8_grid
from audit.probes.change import Change, control_of
from audit.probes.told_apart import told_apart
from audit.records.probes import ALONE

PIXELS = 16 * 224 * 224
"""Of the images of one pass. What a network holds of a pass grows with them, and large passes of large images
are slower: MobileNetV2 takes 21 ms an image in passes of 16, forward and backward, and 29 ms in those of 64.
"""
Floats = np.ndarray[Any, np.dtype[np.float32]]
Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Effect:
    """What one change does to a network of k classes.

    Attributes:
        change: id of the change.
        family: its family.
        control_of: id of the change that it is a control of.
        shift: `[k]` change of each class's logit, mean over photographs that neither are of the class nor
            were answered as it, less the mean of this over classes, in standard deviations of the unchanged
            logits (of all logits, centred per photograph). 0 where there is no such photograph.
        turned: `[k]` photographs neither of the class nor answered as it before, that are after.
        others: `[k]` how many there are of those photographs.
        lost: `[k]` photographs of the class answered as it before, that are not after.
        own: `[k]` photographs of the class answered as it before.
        to: `[k]` the answer that most of the lost ones get, -1 where none is lost.
        told: `[k]` how well photographs of the class are told from others after the change, see `told_apart`.
            None of a change that leaves the object there: only what is left without it says what else a class
            rests on.
        shown: `[k]` labelled photographs of the class; None where `told` is.
        accuracy: share answered right before and after, of the photographs with labels; nan without.
    """

    change: str
    family: str
    control_of: str | None
    shift: Floats
    turned: Counts
    others: Counts
    lost: Counts
    own: Counts
    to: Counts
    accuracy: tuple[float, float]
    told: Floats | None = None
    shown: Counts | None = None


def in_one_pass(batch: int, images: Tensor) -> int:
    """How many of the images `[n, c, h, w]` are asked about at once, `batch` at most."""
    height, width = images.shape[-2:]
    return max(1, min(batch, PIXELS // (height * width)))


def measure(
    before: Tensor,
    after: Tensor,
    labels: Tensor | None,
    change: str = "",
    family: str = "",
    control_of: str | None = None,
) -> Effect:
    """The effect by the logits `[n, k]` before and after.

    `labels` `[n]` are classes, -1 where there is none: there the answer before stands for it, and so it does
    for all photographs where `labels` is None.
    """
    answered = before.argmax(1).cpu().numpy()
    answer = after.argmax(1).cpu().numpy()
    given = np.full_like(answered, -1) if labels is None else labels.cpu().numpy().astype(np.int64)
    label = np.where(given < 0, answered, given)
    k = before.shape[1]
    right = answered == label
    turned = answer[(answer != label) & (answer != answered)]
    lost = right & (answer != label)
    labelled = given >= 0
    others = len(label) - _counts(label, k) - _counts(answered[~right], k)
    asked = change.endswith(ALONE) and bool(labelled.any())
    return Effect(
        change=change,
        family=family,
        control_of=control_of,
        shift=_shift(before, after, np.stack([label, answered], 1)),
        turned=_counts(turned, k),
        others=others,
        lost=_counts(label[lost], k),
        own=_counts(label[right], k),
        to=_most_frequent(label[lost], answer[lost], k),
        accuracy=(
            _share((answered == given)[labelled]),
            _share((answer == given)[labelled]),
        ),
        told=told_apart(after.cpu()[torch.from_numpy(labelled)], given[labelled]).astype(np.float32)
        if asked
        else None,
        shown=_counts(given[labelled], k) if asked else None,
    )


def logits_after(
    classifier: Classifier,
    images: Tensor,
    change: Change | None,
    rows: Sequence[int] | None = None,
    batch: int = 32,
    tick: Callable[[float], None] | None = None,
) -> Tensor:
    """Logits `[n, k]` of the changed images rounded to 8 bits (of the images, where `change` is None)."""
    numbers = list(range(len(images))) if rows is None else list(rows)
    parts: list[Tensor] = []
    batch = in_one_pass(batch, images)
    with torch.no_grad():
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            changed = part if change is None else change(part, numbers[start : start + batch])
            parts.append(classifier.logits(to_uint8_grid(changed).to(classifier.device)).cpu())
            if tick is not None:
                tick(FORWARD * len(part))
    return torch.cat(parts)


def effects(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    changes: Iterable[Change],
    batch: int = 32,
    tick: Callable[[float], None] | None = None,
    rows: Sequence[int] | None = None,
    before: Tensor | None = None,
) -> list[Effect]:
    """The effect of each change on images `[n, c, h, w]` in [0, 1], by forward passes only.

    `labels` as `measure` takes them; `rows` are the photographs' numbers (default: their places); `tick` is
    told the views of each pass; `before` are the logits of the unchanged images, where they are known.
    """
    fast = classifier.folded()
    if before is None:
        before = logits_after(fast, images, None, rows, batch, tick)
    return [
        measure(
            before,
            logits_after(fast, images, change, rows, batch, tick),
            labels,
            change=change.id,
            family=change.family,
            control_of=control_of(change),
        )
        for change in changes
    ]


def _shift(before: Tensor, after: Tensor, own: np.ndarray[Any, Any]) -> Floats:
    """Mean shift `[k]`; `own` `[n, m]` are the classes that each photograph is left out for."""
    before, after = before.cpu().double(), after.cpu().double()
    outside = torch.ones_like(before).scatter_(1, torch.from_numpy(own), 0.0)
    number = outside.sum(0)
    mean = ((after - before) * outside).sum(0) / number.clamp(min=1)
    counted = number > 0
    spread = (before - before.mean(1, keepdim=True)).square().mean().sqrt()
    centre = mean[counted].mean() if bool(counted.any()) else mean.new_zeros(())
    shift = torch.where(counted, (mean - centre) / spread.clamp(min=1e-12), 0.0)
    return shift.numpy().astype(np.float32)


def _counts(classes: np.ndarray[Any, Any], k: int) -> Counts:
    return np.bincount(classes, minlength=k).astype(np.int64)


def _share(right: np.ndarray[Any, Any]) -> float:
    return float(right.mean()) if right.size else float("nan")


def _most_frequent(label: np.ndarray[Any, Any], answer: np.ndarray[Any, Any], k: int) -> Counts:
    """Per label the answer that stands beside it most often, the first of equals; -1 where there is none."""
    most = np.full(k, -1, dtype=np.int64)
    pairs, number = np.unique(label * k + answer, return_counts=True)
    # Written in the order of rising counts, so that the most frequent one stays.
    for_label = pairs[np.lexsort((-pairs, number))]
    most[for_label // k] = for_label % k
    return most
