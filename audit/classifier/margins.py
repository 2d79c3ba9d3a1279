"""What logits say of a class: how far it leads, as pictures maximise and attacks minimise, and how sure."""

from typing import Literal

from torch import Tensor


def own_logit(logits: Tensor, classes: Tensor) -> Tensor:
    """Logits `[n, k]`, classes `[n]` → the logit of each picture's own class, `[n]`."""
    return logits.gather(1, classes[:, None])[:, 0]


def margin(logits: Tensor, classes: Tensor) -> Tensor:
    """Own logit minus the largest other logit, `[n]`: the quantity of MM-BD (Wang et al., S&P 2024)."""
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return own_logit(logits, classes) - others.amax(1)


def mix(logits: Tensor, classes: Tensor) -> Tensor:
    """Own logit minus half the logsumexp of the others, `[n]`: halfway from the logit to the log-odds."""
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return own_logit(logits, classes) - 0.5 * others.logsumexp(1)


def probabilities(logits: Tensor, task: Literal["single-label", "multi-label"]) -> Tensor:
    """Logits `[..., k]` → probabilities: softmax, or a sigmoid for each label where several may hold."""
    return logits.sigmoid() if task == "multi-label" else logits.softmax(-1)
