"""How a network can be run, found by running it: with 4, 1 and 2 images, with and without gradients.

The usual way is tried first. What is only faster in it is left out where the network raises or answers
otherwise, and a note says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

from audit.classifier.activations import find_head
from audit.classifier.advice import FORWARD, advise, read
from audit.classifier.foreign_code import OURS, attempted, in_one_line, place, switches_kept, written
from audit.classifier.kept_state import State, changed, kept, restore, state_of
from audit.classifier.module_copies import copied, uncopiable
from audit.classifier.normalise import Normaliser
from audit.classifier.pass_rules import PassRules
from audit.classifier.probe_images import probe_images
from audit.classifier.steps import reached
from audit.errors import ModelError
from audit.records import Preprocessing
from audit.text import few, one_line

T = TypeVar("T")
NEAR = 1e-3
"""Of the largest logit: kernels for one image and for four round differently, far below this."""
CONTIGUOUS = "It is run in contiguous memory, not in channels-last memory"
OUT_OF_PLACE = "Activations are computed out of place, for in place the network does not run"
PAIRS = "It is never run on one image alone, which is given twice instead"
GRADIENTS = "Gradients are recorded in every pass, for it runs in no other"
COPY = "Copies of it share attributes that cannot be copied"
KEPT = "It keeps tensors of a pass on itself, which are put back before the next"


@dataclass
class Tried:
    """What the passes showed."""

    outputs: int
    head: str | None
    rules: PassRules
    notes: list[str] = field(default_factory=list[str])


def each_way(module: nn.Module, attempt: Callable[[PassRules, bool], T]) -> tuple[T, list[str]]:
    """What the first way gives in which `attempt` succeeds, and notes; ModelError of the plainest where none.

    `attempt` takes rules, and whether no other way is left. The weights of `module` are laid out anew, and
    its activations may be set to work out of place.
    """
    before = state_of(module)
    try:
        return attempt(PassRules(), False), []
    except KeyboardInterrupt:
        raise
    # The network is foreign code and may raise anything; the plainest way below says what stays wrong.
    except BaseException as error:
        restore(module, kept(changed(before, state_of(module)), before))
        # Hooks on a backward pass do not allow what follows to work in place.
        in_place = [m for m in module.modules() if getattr(m, "inplace", False) is True]
        if in_place and "inplace" in one_line(error):
            _set_in_place(in_place, False)
            try:
                found, notes = each_way(module, attempt)
            except ModelError:
                _set_in_place(in_place, True)
            else:
                return found, [f"{OUT_OF_PLACE}.", *notes]
        otherwise = _said(error)
    plain = attempt(PassRules(layout=torch.contiguous_format), True)
    return plain, [f"{CONTIGUOUS}: {otherwise}."]


def _set_in_place(modules: list[nn.Module], value: bool) -> None:
    for module in modules:
        module.inplace = value  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]


def try_passes(
    module: nn.Module,
    path: Preprocessing,
    rules: PassRules,
    check: Callable[[Tensor, Tensor], None],
    *,
    last: bool,
) -> Tried:
    """Run the network as `rules` say, and find what else it needs; ModelError for what is no classifier.

    `check` looks at the outputs of four images `[4, k]` and at the images, which a gradient may be taken of.
    `last`: no other way is left to try, so that advice is worth its time.
    """
    tried = Tried(0, None, rules)
    before = state_of(module)
    rules.arrange(module)
    normalise = Normaliser(path, layout=rules.layout)
    images = probe_images(path.channels, path.height, path.width).requires_grad_()

    outputs = _first(module, normalise(images), path, last)
    tried.outputs = outputs.shape[1]
    forward = state_of(module)
    check(outputs, images)
    backward = state_of(module)
    outputs = outputs.detach()
    again = _rows(module, rules, normalise(images), tried.outputs)
    _find_kept(module, tried, before, [forward, backward, state_of(module)])
    if tried.rules.kept and not torch.equal(outputs, again):  # it goes on from what it kept
        again = _rows(module, tried.rules, normalise(images), tried.outputs)
    _same(outputs, again)
    reached("same answer")
    _try_alone(module, tried, normalise(images[1:2]), outputs[1:2])
    _try_plain(module, tried, path, images.detach()[:2], outputs[:2])
    reached("batches")
    reached("penultimate features", tried.head)
    _try_copy(module, tried)
    return tried


def _first(module: nn.Module, inputs: Tensor, path: Preprocessing, last: bool) -> Tensor:
    shape = f"{path.channels} x {path.height} x {path.width}"
    try:
        with switches_kept():
            outputs: object = module(inputs)
    except OURS:
        raise
    # The network is foreign code and may raise anything.
    except BaseException as error:
        if last:
            _refuse_alone(module, inputs, f"it raises {one_line(error)}", place(error))
        raise ModelError(
            f"the network does not run on images of {shape}: {one_line(error)}",
            where=place(error) or written(module),
            fix=advise(module, path, error) if last else "",
        ) from error
    if not isinstance(outputs, Tensor):
        raise ModelError(
            f"expected the network to return a tensor of logits, it returned {type(outputs).__name__}",
            fix="wrap it in a module whose forward returns the logits only",
        )
    if outputs.ndim != 2 or outputs.shape[0] != len(inputs) or outputs.shape[1] < 1:
        if outputs.shape[:1] == (1,):
            _refuse_alone(module, inputs, f"it gives {list(outputs.shape)}", written(module))
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


def _refuse_alone(module: nn.Module, inputs: Tensor, otherwise: str, where: str) -> None:
    """ModelError for a network that gives `[1, k]` for one image and something else for more."""
    # All of them: a network that refuses some values takes the others alone, too.
    alone = [attempted(lambda one=one: module(one)) for one in inputs.split(1)]
    if all(isinstance(found, Tensor) and found.ndim == 2 and found.shape[0] == 1 for found in alone):
        raise ModelError(
            f"the network takes only one image at a time: for {len(inputs)} {otherwise}",
            where=where,
            fix="keep the first dimension of every tensor for the images: flatten(1) in place of view(1, -1)",
        )


def _rows(module: nn.Module, rules: PassRules, inputs: Tensor, outputs: int) -> Tensor:
    """The outputs, detached; ModelError where they do not have exactly one row for each image."""
    count = len(inputs)
    with in_one_line(f"the network does not run on a batch of {count}", fix=lambda e: read(e) or FORWARD):
        found: object = rules.run(module, inputs)
    if not isinstance(found, Tensor) or found.shape != (count, outputs):
        got = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ModelError(
            f"expected logits of shape [{count}, {outputs}] for {count} image(s), got {got}",
            fix="keep the first dimension of every tensor for the images: flatten(1), not squeeze()",
        )
    return found.detach()


def _find_kept(module: nn.Module, tried: Tried, before: State, later: list[State]) -> None:
    """`later`: after the first pass, after its backward pass, and after the same pass once more."""
    names = [key for a, b in pairwise(later) for key in changed(a, b)]
    if names:
        tried.rules = replace(tried.rules, kept=kept(names, before))
        listed = few(dict.fromkeys(f"{name}.{attribute}".lstrip(".") for name, attribute in names))
        tried.notes.append(f"{KEPT}: {listed}.")
        restore(module, tried.rules.kept)


def _same(first: Tensor, second: Tensor) -> None:
    difference = _apart(first, second)
    if not difference <= 1e-6 * float(first.abs().max()):
        raise ModelError(
            f"two passes over the same images differ by {difference:.3g}: the network draws random numbers",
            fix="make dropout and noise follow self.training, so that eval() turns them off",
        )


def _try_alone(module: nn.Module, tried: Tried, one: Tensor, expected: Tensor) -> None:
    """A batch of one; where that fails, the same image twice."""
    try:
        alone = _rows(module, tried.rules, one, tried.outputs)
        if _apart(alone, expected) <= NEAR * float(expected.abs().max()):
            return
        said = "its answer is another one"
    except ModelError as error:
        said = _said(error)
    paired = replace(tried.rules, pairs=True)
    _independent(expected, _rows(module, paired, one, tried.outputs))
    tried.rules = paired
    tried.notes.append(f"{PAIRS}: {said}.")


def _independent(batch: Tensor, alone: Tensor) -> None:
    difference = _apart(batch, alone)
    if not difference <= NEAR * float(batch.abs().max()):
        raise ModelError(
            f"an image's logits change by {difference:.3g} with the other images in the batch",
            fix="use the running statistics of batch norm in eval mode (track_running_stats=True), and mix "
            "nothing over the first dimension, as softmax(0) and mean(0) do",
        )


def _try_plain(module: nn.Module, tried: Tried, path: Preprocessing, two: Tensor, expected: Tensor) -> None:
    """Two images in contiguous memory without gradients, which also finds the last layer."""
    plain = replace(tried.rules, layout=torch.contiguous_format)
    plain.arrange(module)
    inputs = Normaliser(path, layout=plain.layout)(two)
    answers: list[Tensor] = []

    def forward(rules: PassRules) -> None:
        answers.append(_rows(module, rules, inputs, tried.outputs))

    with torch.no_grad():
        try:
            tried.head = find_head(module, lambda: forward(plain), tried.outputs)
        except ModelError as error:
            recorded = replace(plain, gradients=True)
            tried.head = find_head(module, lambda: forward(recorded), tried.outputs)
            tried.rules = replace(tried.rules, gradients=True)
            tried.notes.append(f"{GRADIENTS}: {_said(error)}.")
    difference = _apart(answers[-1], expected)
    if not difference <= NEAR * float(expected.abs().max()):
        raise ModelError(
            f"two images' logits change by {difference:.3g} from a batch of four with gradients to one of "
            "two without, in contiguous memory",
            fix="make its answers independent of the batch, of gradients and of memory layout",
        )


def _try_copy(module: nn.Module, tried: Tried) -> None:
    restore(module, tried.rules.kept)
    weights = [*module.parameters(), *module.buffers()]
    if names := uncopiable(module, weights):
        with in_one_line("the network cannot be copied", fix="remove its __deepcopy__ and __reduce__"):
            copied(module, weights)
        tried.notes.append(f"{COPY}: {few(names)}.")


def _said(error: BaseException) -> str:
    """For the middle of a sentence."""
    return (error.problem if isinstance(error, ModelError) else one_line(error)).rstrip(".")


def _apart(first: Tensor, second: Tensor) -> float:
    """The largest difference; NaN where either is not finite."""
    return float((first - second).detach().abs().max())
