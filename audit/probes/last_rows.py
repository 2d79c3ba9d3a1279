"""What the rows of the last linear layer show, without any image: does one class gain from every feature?

A backdoor that was trained in lifts its target's row as a whole (Fields et al. 2021, "Trojan signatures
in DNN weights"). It means something only where features are never negative, as after a ReLU.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from audit.classifier import Classifier

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class LastRows:
    """Per class, of rows centred over the classes."""

    mean: Floats
    """`[k]` mean of the row, in standard deviations of all entries."""
    positive: Floats
    """`[k]` sum of the row's positive entries, in the same unit, divided by the number of features."""


def last_rows(classifier: Classifier, images: Tensor) -> LastRows | None:
    """Of a linear head `[k, d]`; images `[n, c, h, w]` in [0, 1] tell whether its features are signed.

    None where the last layer is not linear, where it reads signed features, or where its rows are equal.
    """
    layer = dict(classifier.module.named_modules()).get(classifier.head or "")
    if not isinstance(layer, nn.Linear | nn.Conv2d) or len(layer.weight) != len(classifier.classes):
        return None
    with torch.no_grad():
        features = classifier.features(images.to(classifier.device))
    if bool((features < 0).any()):
        return None
    rows = layer.weight.detach().flatten(1).double().cpu().numpy()
    rows = rows - rows.mean(axis=0)
    spread = float(rows.std())
    if spread < 1e-12:
        return None
    return LastRows(rows.mean(axis=1) / spread, np.maximum(rows, 0).mean(axis=1) / spread)
