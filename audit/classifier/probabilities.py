"""Logits, or probabilities? By the values on the probe pictures and by the last operations that made them.

A softmax flattens: behind one, a sure network's gradients vanish, and attacks report a robustness that is not
there. So outputs that are a function of probabilities are refused, whatever was done to them afterwards; only
their plain natural logarithm keeps every difference of logits.
"""

from torch import Tensor

from audit.classifier.model import Task
from audit.classifier.output_graph import LOGARITHMS, OutputGraph, output_graph
from audit.errors import ModelError

# An untrained network with this many outputs has all of them in (0, 1) with a chance below 1 in 256.
_ENOUGH_OUTPUTS = 8
LAST_LAYER = "return the layer before the last activation, and leave softmax or sigmoid to the audit"
LOG_SOFTMAX = "return the layer before the softmax, or its log_softmax, with no bound and no constant added"
MEAN = (
    "return the natural logarithm of the mean of the probabilities, such as torch.log((p + q) / 2), "
    "with no bound and no constant added"
)


def refuse_probabilities(outputs: Tensor, task: Task) -> list[str]:
    """ModelError where `outputs` `[n, k]` are made of softmax or sigmoid; else warnings of what looks so."""
    values = outputs.detach().double()
    graph = output_graph(outputs)
    inside = bool(((values >= 0) & (values <= 1)).all())
    voted = MEAN if graph.voters > 1 else LAST_LAYER
    if inside and bool(((values.sum(dim=1) - 1).abs() < 1e-4).all()):
        raise ModelError("the outputs are probabilities (every row sums to 1), expected logits", fix=voted)
    strictly = inside and bool(((values > 0) & (values < 1)).all())
    if inside and (
        graph.names & {"Sigmoid", "Hardsigmoid"} or (strictly and values.shape[1] >= _ENOUGH_OUTPUTS)
    ):
        raise ModelError(
            "the outputs are probabilities (all lie between 0 and 1), expected logits", fix=LAST_LAYER
        )
    if (total := _fixed_sum(values)) is not None:
        raise ModelError(
            f"the outputs are a multiple of probabilities (every row sums to {total:.4g}), expected logits",
            fix=voted,
        )
    if "LogSigmoid" in graph.names and bool((values <= 0).all()):
        raise ModelError("the outputs are log-probabilities (log-sigmoid), expected logits", fix=LAST_LAYER)
    normalised = values.shape[1] > 1 and bool((values.logsumexp(dim=1).abs() < 1e-4).all())
    if normalised and task == "multi-label":
        raise ModelError("the outputs are log-softmax, so the classes exclude each other", fix=LAST_LAYER)
    if graph.floored or (graph.squashed_by and not normalised):
        raise _hidden(graph)
    if normalised:
        # Accepted: softmax leaves log-probabilities as they are, so probabilities, ranks and margins are
        # right. Only the size of a logit loses its meaning, for it ends at 0.
        return ["The outputs are log-probabilities: a logit cannot exceed 0, compare margins instead."]
    if strictly:
        return [
            "All outputs lie between 0 and 1 on the probe pictures: if they are probabilities, "
            + LAST_LAYER
            + "."
        ]
    return []


def _fixed_sum(values: Tensor) -> float | None:
    """What every row of `[n, k]` sums to, where no value is below 0 and all rows sum to the same; else None.

    Outputs that hardly differ between the pictures have equal sums anyway, and say nothing. Nor do sums of 0:
    a last layer that started at zero keeps them for life.
    """
    sums = values.sum(dim=1)
    total = float(sums.mean())
    moved = float((values.amax(dim=0) - values.amin(dim=0)).max())
    if values.shape[1] < 2 or bool((values < 0).any()) or moved <= 1e-3 * total:
        return None
    rounding = 4e-7 * total  # of float32
    fixed = float(sums.max() - sums.min()) <= max(1e-4 * moved, rounding)
    return total if fixed else None


def _hidden(graph: OutputGraph) -> ModelError:
    """The error for what was made of probabilities."""
    if not graph.squashed_by:
        return ModelError("the outputs are log-probabilities with a bound, expected logits", fix=LOG_SOFTMAX)
    kind = " and ".join(sorted(name.lower() for name in graph.squashed_by))
    after = ", ".join(sorted(name.lower() for name in graph.after)) or "nothing"
    if kind != "softmax":
        fix = LAST_LAYER
    elif graph.voters > 1:
        fix = MEAN
    else:
        fix = LOG_SOFTMAX if graph.after & LOGARITHMS else LAST_LAYER
    return ModelError(
        f"the outputs are made of probabilities ({kind}, then {after}), expected logits: behind it gradients "
        "vanish, and the network looks more robust than it is",
        fix=fix,
    )
