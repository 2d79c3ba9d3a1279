"""What logits say of a class: how far it leads, as pictures maximise and attacks minimise, and how sure.

One rule holds for NaN and infinity everywhere. An answer in which any logit is not finite is no answer: it
leads nowhere and has no probability. So it never stands for a class, never counts as right, reached or
robust, and never lets a check pass; records keep it as it is, and the report says "not finite". Records that
hold such numbers are strict JSON, see `audit.records.record`.
"""

from typing import Literal

import torch
from torch import Tensor


def own_logit(logits: Tensor, classes: Tensor) -> Tensor:
    """Logits `[n, k]`, classes `[n]` → the logit of each picture's own class, `[n]`."""
    return logits.gather(1, classes[:, None])[:, 0]


def margin(logits: Tensor, classes: Tensor) -> Tensor:
    """Own logit minus the largest other logit, `[n]`: the quantity of MM-BD (Wang et al., S&P 2024)."""
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return own_logit(logits, classes) - others.amax(1)


def finite_answers(logits: Tensor) -> Tensor:
    """Which rows of logits `[n, k]` are an answer: all numbers, none infinite, `[n]`."""
    return logits.isfinite().all(1)


def decision_margin(logits: Tensor, classes: Tensor, task: Literal["single-label", "multi-label"]) -> Tensor:
    """By how much the answer `classes` `[n]` holds in `logits` `[n, k]`; negative where it does not.

    One label: the margin over the strongest other class. Many labels: the own logit, as each holds by itself.
    -inf where the answer is not finite.
    """
    led = own_logit(logits, classes) if task == "multi-label" else margin(logits, classes)
    return torch.where(finite_answers(logits), led, float("-inf"))


def mix(logits: Tensor, classes: Tensor) -> Tensor:
    """Own logit minus half the logsumexp of the others, `[n]`: halfway from the logit to the log-odds."""
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return own_logit(logits, classes) - 0.5 * others.logsumexp(1)


def probabilities(logits: Tensor, task: Literal["single-label", "multi-label"]) -> Tensor:
    """Logits `[..., k]` → probabilities: softmax, or a sigmoid for each label where several may hold."""
    return logits.sigmoid() if task == "multi-label" else logits.softmax(-1)
