"""How far a class leads in the logits: what pictures of it maximise, and attacks on it minimise."""

from torch import Tensor


def own_logit(logits: Tensor, classes: Tensor) -> Tensor:
    """Logits `[n, k]`, classes `[n]` → the logit of each picture's own class, `[n]`."""
    return logits.gather(1, classes[:, None])[:, 0]


def margin(logits: Tensor, classes: Tensor) -> Tensor:
    """Own logit minus the largest other logit, `[n]`: the quantity of MM-BD (Wang et al., S&P 2024)."""
    others = logits.scatter(1, classes[:, None], float("-inf"))
    return own_logit(logits, classes) - others.amax(1)
