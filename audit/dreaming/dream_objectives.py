"""What a dream raises: what a unit sees in the picture, or its layer's likeness to a guide."""

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.layers import activations
from audit.dreaming.tiling import Score
from audit.units.unit_names import Unit

GUIDES = 1024
"""Positions of the guide that are looked at, at most."""
ROWS = 8192
"""Positions of the picture that are matched at once: 32 MB."""


def seen_by(classifier: Classifier, unit: Unit) -> Score:
    """The unit's own score: of a whole layer the mean square, so that whatever it sees becomes more."""

    def score(tiles: Tensor) -> Tensor:
        return torch.stack([unit.score(one) for one in activations(classifier, tiles, unit.layer)])

    return score


def like_guide(classifier: Classifier, unit: Unit, guide: Tensor) -> Score:
    """Mean over positions of the dot product with that feature of the guide which fits best.

    `guide` is `[1, c, h, w]` in [0, 1], of a size that the network takes; features are those of the unit's
    layer. The match counts as a constant, as in google/deepdream's notebook, "Controlling dreams".
    """
    with torch.no_grad():
        features = _positions(activations(classifier, guide, unit.layer))[0]
    features = features[:: max(1, -(-len(features) // GUIDES))]

    def score(tiles: Tensor) -> Tensor:
        seen = _positions(activations(classifier, tiles, unit.layer))
        return (seen * _best(seen.detach(), features)).sum(2).mean(1)

    return score


def _best(seen: Tensor, features: Tensor) -> Tensor:
    """Of each position `[n, p, d]` the feature `[g, d]` with the largest dot product, `[n, p, d]`."""
    rows = seen.flatten(0, 1)
    chosen = [features[(part @ features.T).argmax(1)] for part in rows.split(ROWS)]
    return torch.cat(chosen).view_as(seen)


def _positions(values: Tensor) -> Tensor:
    """`[n, channels, *positions]` → `[n, p, channels]`."""
    return values.flatten(2).transpose(1, 2) if values.ndim > 2 else values[:, None]
