"""How much the restarts of a class agree, and which of them show different things."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.records import Diversity
from audit.stages.stage import CENTRED_FROM

GROUPED_FROM = 20
"""Classes from which restarts are told apart: that percentile then rests on ten pairs of classes."""
UNRELATED = 95
"""Percentile of the cosines between pictures of different classes above which two restarts show one thing."""
PAIRED = 1024
"""At most about this many pictures are paired with each other to find that percentile."""

Features = NDArray[np.floating[Any]]


def diversities(features: Mapping[int, Mapping[int, Features]]) -> dict[int, Diversity]:
    """Class → how its restarts differ, from class → restart → features `[d]`; classes with one are left out.

    Features are centred by the mean over all pictures: what all pictures share says nothing. Restarts whose
    features are not finite take no part.
    """
    features = {
        index: kept
        for index, rows in features.items()
        if (kept := {name: row for name, row in rows.items() if np.isfinite(row).all()})
    }
    if len(features) < CENTRED_FROM:
        return {}
    centre = np.concatenate([np.stack(list(rows.values())) for rows in features.values()]).mean(0)
    rows = {c: _directions(np.stack(list(own.values())) - centre) for c, own in features.items()}
    limit = _unrelated(rows) if len(rows) >= GROUPED_FROM else None
    found: dict[int, Diversity] = {}
    for index, own in rows.items():
        if len(own) < 2:
            continue
        cosines = own @ own.T
        mean = float(cosines[np.triu_indices(len(own), 1)].mean())
        groups = [] if limit is None else _groups(list(features[index]), cosines > limit)
        found[index] = Diversity(value=1 - mean, groups=groups)
    return found


def _directions(rows: Features) -> Features:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _unrelated(rows: Mapping[int, Features]) -> float:
    """The cosine that only 5 % of the pairs of pictures of different classes exceed."""
    labels = np.repeat(list(rows), [len(own) for own in rows.values()])
    every = np.concatenate(list(rows.values()))
    step = -(-len(every) // PAIRED)
    some, of = every[::step], labels[::step]
    return float(np.percentile((some @ some.T)[of[:, None] != of[None]], UNRELATED))


def _groups(names: list[int], joined: NDArray[np.bool_]) -> list[list[int]]:
    """Connected components of restarts, the largest first."""
    left, found = set(range(len(names))), list[list[int]]()
    while left:
        queue, group = [min(left)], set[int]()
        while queue:
            place = queue.pop()
            if place in left:
                left.remove(place)
                group.add(place)
                queue += [int(other) for other in np.flatnonzero(joined[place])]
        found.append(sorted(names[place] for place in group))
    return sorted(found, key=lambda group: (-len(group), group))
