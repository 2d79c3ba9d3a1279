"""What is proved of a network before it is audited. Every failure names the fix."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from audit.classifier.activations import find_head
from audit.classifier.advice import advise
from audit.classifier.candidate import seeded
from audit.classifier.model import Task
from audit.classifier.normalise import Normaliser
from audit.classifier.probabilities import refuse_probabilities
from audit.classifier.probe_images import probe_images
from audit.errors import ModelError
from audit.records import Preprocessing
from audit.text import few, one_line


@dataclass
class Proof:
    """What the proof found out on the way."""

    outputs: int
    head: str | None
    """Name of the layer whose input are the penultimate features."""
    warnings: list[str]


def prove(module: nn.Module, path: Preprocessing, task: Task) -> Proof:
    """Prove a float32 network on the CPU, in eval mode; ModelError names the first thing that does not hold.

    Finite weights and outputs, outputs `[n, k]`, logits and not probabilities, the same answer twice, the
    same answer alone and in a batch, and a gradient that reaches the input.
    """
    _finite_weights(module)
    normalise = Normaliser(path)
    images = probe_images(path.channels, path.height, path.width).requires_grad_()
    # A network that draws random numbers must not disturb the caller's.
    with seeded():
        outputs = _outputs(module, normalise(images), path)
        warnings = refuse_probabilities(outputs, task)
        # With gradients, as the first: without, transformers take a fast path that rounds differently.
        _same(outputs, module(normalise(images)))
        _independent(outputs, module(normalise(images[1:2])))
        _gradient(outputs, images)
        with torch.no_grad():
            head = find_head(module, lambda: module(normalise(images)), outputs.shape[1])
    if task == "multi-label" and outputs.shape[1] == 1:
        raise ModelError(
            "one logit decides between two classes, which is not multi-label",
            fix="leave out --task multi-label",
        )
    return Proof(outputs=outputs.shape[1], head=head, warnings=warnings)


def _finite_weights(module: nn.Module) -> None:
    bad = [n for n, p in module.named_parameters() if not bool(p.isfinite().all())]
    # Infinite buffers are in use (attention masks); NaN never is.
    bad += [n for n, b in module.named_buffers() if bool(b.isnan().any())]
    if bad:
        raise ModelError(
            f"expected finite weights, found NaN or infinity in {few(bad)}",
            fix="load another checkpoint, one from before training diverged",
        )


def _outputs(module: nn.Module, inputs: Tensor, path: Preprocessing) -> Tensor:
    shape = f"{path.channels} x {path.height} x {path.width}"
    try:
        outputs: object = module(inputs)
    # The network is foreign code and may raise anything.
    except Exception as error:
        raise ModelError(
            f"the network does not run on images of {shape}: {one_line(error)}",
            fix=advise(module, path, error),
        ) from error
    if not isinstance(outputs, Tensor):
        raise ModelError(
            f"expected the network to return a tensor of logits, it returned {type(outputs).__name__}",
            fix="wrap it in a module whose forward returns the logits only",
        )
    if outputs.ndim != 2 or outputs.shape[0] != len(inputs) or outputs.shape[1] < 1:
        raise ModelError(
            f"expected logits of shape [{len(inputs)}, k] for that many images, got {list(outputs.shape)}",
            fix="return one row of logits per image (pool or flatten the rest, do not squeeze)",
        )
    if not outputs.is_floating_point():
        raise ModelError(
            f"expected floating point logits, got {outputs.dtype}", fix="return the logits, not the answer"
        )
    if not bool(outputs.isfinite().all()):
        raise ModelError(
            "expected finite logits, got NaN or infinity although the weights are finite",
            fix="check --mean and --std, and batch norm statistics in the checkpoint",
        )
    return outputs


def _same(first: Tensor, second: Tensor) -> None:
    difference = float((first - second).detach().abs().max())
    if not difference <= 1e-6 * float(first.detach().abs().max()):
        raise ModelError(
            f"two passes over the same images differ by {difference:.3g}: the network draws random numbers",
            fix="make dropout and noise follow self.training, so that eval() turns them off",
        )


def _independent(batch: Tensor, alone: Tensor) -> None:
    difference = float((batch[1:2] - alone).detach().abs().max())
    # Kernels for one image and for four round differently: far below a thousandth of the largest logit.
    if not difference <= 1e-3 * float(batch.detach().abs().max()):
        raise ModelError(
            f"an image's logits change by {difference:.3g} with the other images in the batch",
            fix="use the running statistics of batch norm in eval mode (track_running_stats=True)",
        )


def _gradient(outputs: Tensor, images: Tensor) -> None:
    fix = "remove no_grad, detach, rounding and numpy from the network's forward"
    if not outputs.requires_grad:
        raise ModelError("no gradient reaches the input: the logits are cut off from the images", fix=fix)
    # Different weights per class: equal ones would cancel where the outputs have a fixed sum.
    weights = torch.linspace(-1.0, 1.3, outputs.numel()).view_as(outputs)
    found = torch.autograd.grad((outputs * weights).sum(), images, allow_unused=True)
    gradient = cast("Tensor | None", found[0])
    if gradient is None or not bool(gradient.any()):
        raise ModelError(
            "no gradient reaches the input: it is zero on every probe picture",
            fix=f"{fix}, or load trained weights if its last layer is still zero",
        )
    if not bool(gradient.isfinite().all()):
        raise ModelError("the gradient at the input is NaN or infinite", fix="correct the network's forward")
