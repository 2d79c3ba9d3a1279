"""What is proved of a network before it is audited. Every failure names the fix."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from audit.classifier.advice import read
from audit.classifier.candidate import seeded
from audit.classifier.foreign_code import in_one_line
from audit.classifier.model import Task
from audit.classifier.pass_rules import PassRules
from audit.classifier.pass_trials import Tried, each_way, try_passes
from audit.classifier.probabilities import refuse_probabilities
from audit.classifier.steps import reached
from audit.errors import ModelError
from audit.records import Preprocessing
from audit.text import few

BACKWARD = "correct what its hooks and its own autograd functions do in a backward pass"


@dataclass
class Proof:
    """What the proof found out on the way."""

    outputs: int
    head: str | None
    """Name of the layer whose input are the penultimate features."""
    warnings: list[str]
    rules: PassRules
    """How it must be run."""
    notes: list[str]
    """Where that is not the usual way."""


def prove(module: nn.Module, path: Preprocessing, task: Task) -> Proof:
    """Prove a float32 network on the CPU, in eval mode; ModelError names the first thing that does not hold.

    Finite weights and outputs, outputs `[n, k]` for 1, 2 and 4 images, logits and not probabilities, the same
    answer twice, alone, in a batch, with and without gradients, and a gradient that reaches the input.
    """
    _finite_weights(module)

    def attempt(rules: PassRules, last: bool) -> tuple[Tried, list[str]]:
        warnings: list[str] = []
        reached("finite weights")  # again, where this is another way

        def check(outputs: Tensor, images: Tensor) -> None:
            reached("outputs", tuple(outputs.shape))
            warnings.extend(refuse_probabilities(outputs, task))
            reached("logits", warnings)
            _gradient(outputs, images)
            reached("gradient")

        return try_passes(module, path, rules, check, last=last), warnings

    # A network that draws random numbers must not disturb the caller's.
    with seeded():
        (tried, warnings), notes = each_way(module, attempt)
    if task == "multi-label" and tried.outputs == 1:
        raise ModelError(
            "one logit decides between two classes, which is not multi-label",
            fix="leave out --task multi-label",
        )
    return Proof(tried.outputs, tried.head, warnings, tried.rules, [*notes, *tried.notes])


def _finite_weights(module: nn.Module) -> None:
    bad = [n for n, p in module.named_parameters() if not bool(p.isfinite().all())]
    # Infinite buffers are in use (attention masks); NaN never is.
    bad += [n for n, b in module.named_buffers() if bool(b.isnan().any())]
    if bad:
        raise ModelError(
            f"expected finite weights, found NaN or infinity in {few(bad)}",
            fix="load another checkpoint, one from before training diverged",
        )


def _gradient(outputs: Tensor, images: Tensor) -> None:
    fix = "remove no_grad, detach, rounding and numpy from the network's forward"
    if not outputs.requires_grad:
        raise ModelError("no gradient reaches the input: the logits are cut off from the images", fix=fix)
    # Different weights per class: equal ones would cancel where the outputs have a fixed sum.
    weights = torch.linspace(-1.0, 1.3, outputs.numel()).view_as(outputs)
    with in_one_line("its backward pass fails", fix=lambda error: read(error) or BACKWARD):
        found = torch.autograd.grad((outputs * weights).sum(), images, allow_unused=True)
    gradient = cast("Tensor | None", found[0])
    if gradient is None or not bool(gradient.any()):
        raise ModelError(
            "no gradient reaches the input: it is zero on every probe picture",
            fix=f"{fix}, or load trained weights if its last layer is still zero",
        )
    if not bool(gradient.isfinite().all()):
        raise ModelError("the gradient at the input is NaN or infinite", fix="correct the network's forward")
