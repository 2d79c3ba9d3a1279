"""Rows of what loading proved, up to its end or to the step that failed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from torch import nn
from torch.nn.parameter import is_lazy

from audit.classifier.candidate import Candidate
from audit.classifier.checkpoints import split_key
from audit.classifier.labels import entries, read_classes
from audit.classifier.model import Classifier
from audit.classifier.resolve_preprocessing import FIELDS
from audit.classifier.spec import loader_of
from audit.classifier.steps import STEPS, Step
from audit.diagnosis.diagnosis import DEFAULT, FAILED, USER, Row, rows
from audit.errors import LabelError
from audit.records import Preprocessing
from audit.records.model_info import ORDER_WORDS
from audit.text import few, plural, quoted

PROBED = "proved on four probe pictures"
PROOFS: dict[Step, tuple[str, str]] = {
    "network": ("network is built", "its loader"),
    "weights": ("weights fit", "the weights file"),
    "eval mode": ("eval mode, float32", "done on the CPU"),
    "preprocessing": ("preprocessing is known", "flags, weights and module"),
    "finite weights": ("weights are finite", "all parameters and buffers"),
    "outputs": ("runs on pictures", PROBED),
    "logits": ("outputs are logits", PROBED),
    "same answer": ("same answer twice", PROBED),
    "batches": ("same alone as in batch", PROBED),
    "gradient": ("gradient at the input", PROBED),
    "penultimate features": ("features can be read", PROBED),
    "class list": ("a name for each output", "the class list"),
    "place": ("runs where it was asked", "device and dtype"),
}
"""Step → what holds after it, and what that was seen on."""
SHOWN_ABOVE: tuple[Step, ...] = ("network", "weights", "eval mode", "preprocessing")
"""Of these the other parts say more."""
Steps = Mapping[Step, object]
Given = Mapping[str, Any]
"""Keywords of `audit.doctor`."""


def loading_rows(model: object, steps: Steps, given: Given, classifier: Classifier | None) -> list[Row]:
    """What is known of a network: all of it where there is a `classifier`, else what the steps say."""
    candidate = cast("Candidate | None", steps.get("network"))
    if classifier is None and candidate is None:
        return []
    module = classifier.module if classifier else cast(Candidate, candidate).module
    path = classifier.input if classifier else cast("Preprocessing | None", steps.get("preprocessing"))
    return [
        *rows("network", _network(model, module, steps, given, classifier)),
        *rows("outputs", _outputs(steps, given, classifier)),
        *rows("classes", _classes(candidate, given, classifier)),
        *rows(
            "preprocessing", _preprocessing(path) if path else _declared(cast(Candidate, candidate), given)
        ),
        *rows("proofs", _proofs(steps, given, classifier)),
    ]


def _network(
    model: object, module: nn.Module, steps: Steps, given: Given, classifier: Classifier | None
) -> Iterator[tuple[str, object, str]]:
    if isinstance(model, str):
        yield "model", model, USER
        yield "loader", loader_of(model).name, "the model's name"
    else:
        yield "model", f"live {type(model).__name__}", "loaded before" if classifier is model else "copied"
    yield "type", type(module).__name__, "the network"
    if classifier is not None:
        yield "name", classifier.name, "model and weights"
    # Lazy layers get their weights in the first pass, which may not have come.
    made = [p for p in module.parameters() if not is_lazy(p)]
    layers = [
        (name, layer)
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) and not any(map(is_lazy, layer.parameters()))
    ]
    lazy = len(list(module.parameters())) - len(made)
    later = f", {lazy} more in the first pass" if lazy else ""
    count = sum(p.numel() for p in made)
    yield "parameters", f"{count:,} in {plural(len(made), 'tensor')}{later}", "the network"
    for what, (name, layer) in zip(("first layer", "last layer"), (layers[:1] + layers[-1:]), strict=False):
        yield what, f"{name or 'itself'}: {_shape(layer)}", "in order of definition"
    yield from _weights(steps, given)
    if classifier is not None:
        yield "fingerprint", classifier.identity.weights, "sha256 of names, shapes and values"


def _shape(layer: nn.Module) -> str:
    if isinstance(layer, nn.Conv2d):
        sides = " x ".join(map(str, layer.kernel_size))
        return f"convolution {sides}, {layer.in_channels} to {layer.out_channels} channels"
    assert isinstance(layer, nn.Linear)
    return f"linear, {layer.in_features} to {layer.out_features}"


def _weights(steps: Steps, given: Given) -> Iterator[tuple[str, object, str]]:
    if given.get("weights") is None:
        yield "weights file", "none: the weights are those that the loader or the factory gives", DEFAULT
        return
    file, key = split_key(Path(given["weights"]))
    yield "weights file", f"{file}{f', set {key}' if key else ''}", USER
    if file.is_file():
        with file.open("rb") as handle:
            yield "sha256 of the file", hashlib.file_digest(handle, "sha256").hexdigest(), "the file's bytes"
    if "weights" in steps:
        left_out = cast(Sequence[str], steps["weights"])
        yield "left out of the file", " ".join(left_out) or "nothing", "names and shapes in the file"


def _outputs(steps: Steps, given: Given, classifier: Classifier | None) -> Iterator[tuple[str, object, str]]:
    shape = cast("tuple[int, int] | None", steps.get("outputs"))
    number = shape[1] if shape else len(classifier.classes) if classifier else None
    if number is None:
        return
    yield "number", f"{number:,}", PROBED if shape else "proved when it was loaded"
    if number == 1:
        yield "classes", "two: logit 0 for the first, the output for the second", "one output"
    if classifier is not None:
        bounded = any("log-probabilities" in text for text in classifier.warnings)
        yield "kind", "log-probabilities" if bounded else "logits", PROBED
    task = classifier.task if classifier else given.get("task", "single-label")
    yield "task", task, DEFAULT if task == "single-label" else USER


def _classes(
    candidate: Candidate | None, given: Given, classifier: Classifier | None
) -> Iterator[tuple[str, object, str]]:
    if classifier is not None:
        names, source = [label.name for label in classifier.classes], classifier.classes_source
    else:
        stated = given.get("classes")
        try:
            if stated is not None:
                found = read_classes(stated)
                source = f"{USER} in {Path(stated).name}" if isinstance(stated, str | Path) else USER
            elif candidate is not None and candidate.declared_classes is not None:
                source = candidate.classes_source
                found = entries(candidate.declared_classes, source)
            else:
                return
        except LabelError:  # what stops loading is said once
            return
        names = [name for _, name in found]
    yield "number", f"{len(names):,}", source
    said = [quoted(name) for name in names]
    ends = f"{', '.join(said[:3])} … {', '.join(said[-2:])}" if len(said) > 5 else ", ".join(said)
    yield "first and last", ends, source


def _declared(candidate: Candidate, given: Given) -> Iterator[tuple[str, object, str]]:
    """What is known of the preprocessing where loading failed before it was made of this."""
    declared = candidate.declared_input
    source = "the network has no audit_input" if declared is None else candidate.input_source
    yield "declared", "nothing" if declared is None else declared, source
    for field in FIELDS:
        if given.get(field) is not None:
            value = given[field]
            said = " x " if field == "input_size" else ", "
            yield (
                field.replace("_", " "),
                said.join(map(str, value)) if isinstance(value, tuple) else value,
                USER,
            )


def _preprocessing(path: Preprocessing) -> Iterator[tuple[str, object, str]]:
    source = path.sources
    yield "input", f"{path.height} x {path.width} px", source.get("height", DEFAULT)
    yield "channels", path.channels, source.get("channels", DEFAULT)
    yield (
        "channel order",
        ORDER_WORDS[path.order] if path.channels == 3 else "as given",
        source.get("order", DEFAULT),
    )
    yield "resize and crop", path.resize_in_words(), source.get("resize", DEFAULT)
    small = "enlarged" if path.enlarge else "left out"
    yield "small photographs", small, source.get("enlarge", DEFAULT)
    yield "interpolation", path.interpolation, source.get("interpolation", DEFAULT)
    yield "mean", _numbers(path.mean), source.get("mean", DEFAULT)
    yield "std", _numbers(path.std), source.get("std", DEFAULT)
    low = min(-m / s for m, s in zip(path.mean, path.std, strict=True))
    high = max((1 - m) / s for m, s in zip(path.mean, path.std, strict=True))
    yield "black and white become", f"{low:.3g} and {high:.3g}", "mean and std"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _proofs(steps: Steps, given: Given, classifier: Classifier | None) -> Iterator[tuple[str, object, str]]:
    if classifier is not None and not steps:
        yield "all of audit.load", "hold", "proved when it was loaded"
    wanted: list[Step] = [step for step in STEPS if step != "weights" or given.get("weights") is not None]
    failed = False
    left: list[str] = []
    for step in wanted if steps else ():
        what, on = PROOFS[step]
        if step in steps:
            if step not in SHOWN_ABOVE:
                yield what, "yes", _place(classifier) if step == "place" and classifier else on
        elif not failed:
            failed = True
            yield what, FAILED, on
        else:
            left.append(what)
    if left:
        yield "not tried yet", few(left, len(left)), "loading ends at the first failure"
    if classifier is not None:
        for note in classifier.notes:
            yield "note", note, "tried"
    if classifier is not None or "penultimate features" in steps:
        head = cast("str | None", steps.get("penultimate features")) if steps else None
        head = head if head or classifier is None else classifier.head
        value = f"the input of layer {head}" if head else "none: the logits stand in for them"
        yield "penultimate features", value, "the layers that run"


def _place(classifier: Classifier) -> str:
    return f"{classifier.device}, {str(classifier.dtype).removeprefix('torch.')}"
