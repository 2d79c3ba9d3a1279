"""Many changes on a few photographs; those that stand out, with their controls, on the others."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
from torch import Tensor

from audit.classifier import Classifier
from audit.probes.change import Change
from audit.probes.effect import Effect, effects, logits_after
from audit.probes.gaps import gaps

LEADING = 1
SCREENED = 32
MANY = 50


def leading(measured: Sequence[Effect], number: int = LEADING) -> list[str]:
    """Ids of the changes with the largest gaps (of more than MANY classes: deviations), that many of each
    family on each scale, without those that stand out on none. In the order of the effects.

    Each family for itself, since what is far on a clean network differs: textures over the middle turn many.
    """
    chosen: set[str] = set()
    taken: Counter[tuple[str, str]] = Counter()
    many = any(len(effect.shift) > MANY for effect in measured)
    for gap in sorted(gaps(measured), key=lambda gap: -(gap.deviation if many else gap.gap)):
        if gap.gap > 0 and taken[gap.scale, gap.family] < number:
            taken[gap.scale, gap.family] += 1
            chosen.add(gap.change)
    return [effect.change for effect in measured if effect.change in chosen]


def effects_with_controls(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    changes: Iterable[Change],
    controls_of: Callable[[Change], Sequence[Change]],
    number: int = LEADING,
    screened: int | None = SCREENED,
    batch: int = 32,
    tick: Callable[[float], None] | None = None,
    rows: Sequence[int] | None = None,
    always: Collection[str] = (),
) -> list[Effect]:
    """The effects of the leading changes and their controls, each change before its controls.

    All changes are tried on `screened` of the photographs, evenly spread over their order (a third of them,
    where there are few), and what stands out is measured on the others: so being chosen does not inflate what
    is reported. With `screened` None both use all photographs. The changes named in `always` are measured
    without being tried first: such as removals, whose harm shows on the photographs of one class only, and so
    not on a few.
    """
    tried, numbers = list(changes), np.arange(len(images)) if rows is None else np.asarray(rows)
    first = rest = np.arange(len(images))
    if screened is not None:
        first = np.unique(
            np.linspace(0, len(images) - 1, min(screened, max(1, len(images) // 3))).astype(int)
        )
        rest = np.setdiff1d(rest, first)
    before = logits_after(classifier.folded(), images, None, numbers.tolist(), batch, tick)

    def measured(some: Sequence[Change], places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Effect]:
        own = None if labels is None else labels[places]
        part = numbers[places].tolist()
        return effects(classifier, images[places], own, some, batch, tick, part, before[places])

    trials = [change for change in tried if change.id not in always]
    chosen = {*leading(measured(trials, first), number), *always}
    again = [c for change in tried if change.id in chosen for c in (change, *controls_of(change))]
    return measured(again, rest)
