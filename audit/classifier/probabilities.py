"""Logits, or probabilities? By the values on the probe pictures and by the last operations that made them."""

from torch import Tensor

from audit.classifier.model import Task
from audit.errors import ModelError

# Operations that mix features: what stands before them is no output activation.
_LAYERS = ("Addmm", "Mm", "Bmm", "Convolution", "Linear", "MkldnnConvolution")
# An untrained network with this many outputs has all of them in (0, 1) with a chance below 1 in 256.
_ENOUGH_OUTPUTS = 8


def refuse_probabilities(outputs: Tensor, task: Task) -> list[str]:
    """ModelError where `outputs` `[n, k]` are softmax or sigmoid; else warnings on what looks alike."""
    values = outputs.detach().double()
    inside = bool(((values >= 0) & (values <= 1)).all())
    fix = "return the layer before the last activation, and leave softmax or sigmoid to the audit"
    activations = _last_activations(outputs)
    if inside and bool(((values.sum(dim=1) - 1).abs() < 1e-4).all()):
        raise ModelError("the outputs are probabilities (every row sums to 1), expected logits", fix=fix)
    strictly = inside and bool(((values > 0) & (values < 1)).all())
    if inside and (
        activations & {"Sigmoid", "Hardsigmoid"} or (strictly and values.shape[1] >= _ENOUGH_OUTPUTS)
    ):
        raise ModelError("the outputs are probabilities (all lie between 0 and 1), expected logits", fix=fix)
    if "LogSigmoid" in activations and bool((values <= 0).all()):
        raise ModelError("the outputs are log-probabilities (log-sigmoid), expected logits", fix=fix)
    if values.shape[1] > 1 and bool((values.logsumexp(dim=1).abs() < 1e-4).all()):
        if task == "multi-label":
            raise ModelError("the outputs are log-softmax, so the classes exclude each other", fix=fix)
        # Accepted: softmax leaves log-probabilities as they are, so probabilities, ranks and margins are
        # right. Only the size of a logit loses its meaning, for it ends at 0.
        return ["The outputs are log-probabilities: a logit cannot exceed 0, compare margins instead."]
    if strictly:
        return [
            "All outputs lie between 0 and 1 on the probe pictures: if they are probabilities, " + fix + "."
        ]
    return []


def _last_activations(outputs: Tensor) -> set[str]:
    """Names of the differentiable operations between the outputs and the last layer with weights."""
    names: set[str] = set()
    queue, seen = [outputs.grad_fn], set[object]()
    while queue:
        node = queue.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        name = node.name().split("::")[-1].removesuffix("0").removesuffix("Backward")
        names.add(name)
        if name not in _LAYERS:
            queue.extend(parent for parent, _ in node.next_functions)
    return names
