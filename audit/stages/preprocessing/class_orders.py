"""Other orders of the class list: how lists get mixed up, and the order that photographs themselves name.

A *list* here is an array of ints `[k]`: output i stands for the class that the given list has at `list[i]`.
"""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.classifier.labels import from_lines
from audit.errors import LabelError
from audit.records import ClassLabel

PER_CLASS = 5
"""Photographs that every class but one must have before outputs are assigned to classes."""

Ints = NDArray[np.int64]


def known(classes: Sequence[ClassLabel]) -> list[tuple[str, Ints]]:
    """Orders that sorting and counting make; those that leave the list as it is are left out."""
    count = len(classes)
    as_text = _sorted([str(i) for i in range(count)])
    found = [
        ("classes in order of their ids", _sorted([c.id for c in classes])),
        ("classes in order of their names", _sorted([c.name.casefold() for c in classes])),
        ("classes in order of their full labels", _sorted([c.full for c in classes])),
        ("classes in reverse", np.arange(count)[::-1]),
        ("classes one place further", np.roll(np.arange(count), 1)),
        ("classes one place earlier", np.roll(np.arange(count), -1)),
        ("outputs in the order in which numbers sort as text", as_text),
        ("list in the order in which numbers sort as text", np.argsort(as_text)),
    ]
    kept: list[tuple[str, Ints]] = []
    for name, order in found:
        others = [np.arange(count), *(one for _, one in kept)]
        if not any(np.array_equal(order, other) for other in others):
            kept.append((name, order))
    return kept


def can_assign(labels: Ints, count: int) -> bool:
    """Whether there are enough photographs to say which output is which of `count` classes."""
    return count > 1 and int((np.bincount(labels, minlength=count) >= PER_CLASS).sum()) >= count - 1


def assigned(probabilities: NDArray[np.float32], labels: Ints) -> Ints:
    """The list under which the outputs are most probable: probabilities `[n, k]`, labels `[n]` → `[k]`.

    One class per output, at the largest sum of the photographs' probabilities for their own class (linear
    assignment).
    """
    from scipy.optimize import linear_sum_assignment

    count = probabilities.shape[1]
    sums = np.zeros((count, count))
    np.add.at(sums, labels, probabilities)
    found, outputs = linear_sum_assignment(-sums)
    order = np.empty(count, np.int64)
    order[outputs] = found
    return order


def right_when_assigned(probabilities: NDArray[np.float32], labels: Ints) -> NDArray[np.bool_]:
    """Which photographs are answered right under the assignment that the other half of them gives, `[n]`.

    Every photograph is judged by a list in whose making it took no part; the halves alternate within each
    class.
    """
    place = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        place[of_class] = np.arange(len(of_class))
    right = np.zeros(len(labels), np.bool_)
    for half in (place % 2 == 0, place % 2 == 1):
        order = assigned(probabilities[~half], labels[~half])
        right[half] = order[probabilities[half].argmax(1)] == labels[half]
    return right


def written(classes: Sequence[ClassLabel], order: Ints) -> tuple[str, bytes]:
    """File name and content of the class list in this order, as `--classes` reads it, ids kept.

    Plain text where that holds the ids (WordNet ids, or names), JSON for any other ids.
    """
    listed = [classes[i] for i in order]
    explicit = [c.id not in (c.name, f"{c.name}#{c.index}") for c in listed]
    lines = [f"{c.id} {c.full}" if e else c.full for c, e in zip(listed, explicit, strict=True)]
    text = "\n".join(lines) + "\n"
    try:
        found = from_lines(text, "the list that fits")
    except LabelError:  # as lines, the names would be read as something else
        found = []
    if [(wnid if e else None, full) for (wnid, full), e in zip(found, explicit, strict=False)] == [
        (c.id if e else None, c.full) for c, e in zip(listed, explicit, strict=True)
    ]:
        return "classes-that-fit.txt", text.encode()
    pairs = [[c.id, c.full] if e else c.full for c, e in zip(listed, explicit, strict=True)]
    return "classes-that-fit.json", json.dumps(pairs, indent=0).encode()


def _sorted(keys: Sequence[str]) -> Ints:
    """Places of the keys, sorted; equal ones stay in order."""
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
