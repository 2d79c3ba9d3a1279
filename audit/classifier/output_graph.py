"""Which operations made a network's outputs, read off the graph that differentiates them."""

import re
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

# Operations that mix features: what stands before them is no output activation.
LAYERS = frozenset(
    {
        "Addmm",
        "Mm",
        "Mv",
        "Bmm",
        "Baddbmm",
        "Convolution",
        "ConvolutionOverrideable",
        "Linear",
        "MkldnnConvolution",
        "MkldnnRnn",
        "Cdist",
        "EuclideanDist",
        "Prod",
    }
)
SQUASHING = frozenset({"Softmax", "Sigmoid", "Hardsigmoid"})
"""Operations after which differences of large logits are gone."""
LOGARITHMS = frozenset({"Log", "Log2", "Log10", "Log1p"})
FLOORS = frozenset({"Clamp", "ClampMin", "Maximum", "Threshold", "Hardtanh", "Where"})


@dataclass
class OutputGraph:
    """Operations between the outputs and the last layers with weights."""

    names: set[str] = field(default_factory=set[str])
    """All of them, without `Backward`."""
    squashed_by: set[str] = field(default_factory=set[str])
    """Squashing operations over classes, if every path from a layer to the outputs leads through one."""
    voters: int = 0
    """Of softmaxes among them: how many make one row of outputs."""
    after: set[str] = field(default_factory=set[str])
    """Operations between those, or a log-softmax, and the outputs."""
    floored: bool = False
    """Whether the outputs are logarithms of probabilities that have a bound or a constant added."""


def output_graph(outputs: Tensor) -> OutputGraph:
    """Of outputs `[n, k]` that were made with gradients; empty where nothing is known."""
    found = OutputGraph()
    squashed: set[str] = set()
    bypassed = log_softmax = constant = False
    # A node, whether no squashing operation lies between it and the outputs, and whether a logarithm does.
    queue: list[tuple[Any, bool, bool]] = [(outputs.grad_fn, True, False)]
    seen: set[tuple[object, bool, bool]] = set()
    while queue:
        node, outside, in_log = queue.pop()
        if node is None or (node, outside, in_log) in seen:
            continue
        seen.add((node, outside, in_log))
        name = re.sub(r"Backward\d*$", "", node.name().split("::")[-1])
        found.names.add(name)
        if name in LAYERS or name == "AccumulateGrad":
            bypassed = bypassed or outside
            continue
        if outside and name in SQUASHING and (size := _over_classes(node, name, outputs)):
            found.voters += max(1, size // outputs.numel()) if name == "Softmax" else 0
            squashed.add(name)
            outside = False
        elif outside and name == "LogSoftmax":
            # Differences of logits survive it: as good as a layer.
            log_softmax = bypassed = True
            outside = False
        elif outside:
            found.after.add(name)
            # The other term of a sum has no gradient: a constant.
            constant = constant or (in_log and name == "Add" and _one_parent(node))
            in_log = in_log or name in LOGARITHMS
        queue.extend((parent, outside, in_log) for parent, _ in node.next_functions)
    if squashed and not bypassed:
        found.squashed_by = squashed
        found.floored = bool(found.after & LOGARITHMS) and (constant or bool(found.after & FLOORS))
    elif log_softmax:
        found.floored = bool(found.after & FLOORS)
    return found


def _one_parent(node: Any) -> bool:
    return sum(parent is not None for parent, _ in node.next_functions) == 1


def _over_classes(node: Any, name: str, outputs: Tensor) -> int:
    """Number of values of a squashing operation that gives one for each class; 0 for any other."""
    result = getattr(node, "_saved_result", None)
    if result is None:  # such as a hard sigmoid, which keeps its input only
        result = getattr(node, "_saved_self", None)
    if not isinstance(result, Tensor) or result.ndim < 2:
        return 0
    classes = outputs.shape[1]
    if name == "Softmax":
        dim = int(node._saved_dim)
        dim = dim - 2**64 if dim >= 2**63 else dim
        return result.numel() if result.shape[dim] == classes and result.shape[dim] > 1 else 0
    return result.numel() if classes in result.shape[1:] else 0
