"""How well a network tells the photographs of a class from others: the area under the ROC curve."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
CHANCE = 0.5


def told_apart(logits: Tensor, labels: NDArray[Any]) -> Floats:
    """Of logits `[n, k]` and classes `[n]`, per class `[k]`: the chance that its probability is larger on a
    photograph of it than on one of another class, ties half (Mann and Whitney 1947). `CHANCE` where either
    kind is missing."""
    return area_under_curve(probabilities(logits), labels)


def area_under_curve(values: Floats, labels: NDArray[Any]) -> Floats:
    """The same of any values `[n, k]` that are the larger, the more they speak for a class."""
    from scipy.stats import rankdata  # late: it is needed where photographs have labels

    ranks = rankdata(values, axis=0)
    k = values.shape[1]
    sums = np.zeros(k)
    np.add.at(sums, labels, ranks[np.arange(len(labels)), labels])
    own = np.bincount(labels, minlength=k)
    pairs = own * (len(labels) - own)
    wins = sums - own * (own + 1) / 2
    return np.where(pairs > 0, wins / np.maximum(pairs, 1), CHANCE)


def won(logits: Tensor, labels: NDArray[Any], class_index: int) -> Floats:
    """Per photograph of the class `[m]` the share of the others on which the class is less probable."""
    values = probabilities(logits)[:, class_index]
    own, others = values[labels == class_index], values[labels != class_index]
    if not own.size or not others.size:
        return np.zeros(0)
    larger = own[:, None] > others[None]
    return (larger + 0.5 * (own[:, None] == others[None])).mean(1)


def probabilities(logits: Tensor) -> Floats:
    """Their logarithms `[n, k]`; a picture whose answer is no number is told of no class."""
    found: Floats = logits.double().log_softmax(1).nan_to_num(nan=-math.inf, neginf=-math.inf).numpy()
    return found
