"""From what the user typed to a proved classifier."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import torch
from torch import nn

from audit.classifier.advice import runs
from audit.classifier.candidate import Candidate, same_directory, without_inference_mode
from audit.classifier.capabilities import require_capable
from audit.classifier.checkpoints import apply_weights, split_key
from audit.classifier.foreign_code import attempted, blamed, in_one_line
from audit.classifier.identity import identify
from audit.classifier.labels import ClassList, entries, labels, numbered, read_classes
from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.python_code import running
from audit.classifier.model import Classifier, Task
from audit.classifier.module_copies import copied
from audit.classifier.plain_modules import (
    fill_lazy_layers,
    in_eval_mode,
    is_lazy_network,
    require_modules,
    require_own_forward,
    unwrap_inside,
    unwrapped,
)
from audit.classifier.probe_images import probe_images
from audit.classifier.resolve_preprocessing import DEFAULT, FIRST_CONVOLUTION, resolve
from audit.classifier.spec import loader_of, refused
from audit.classifier.steps import reached
from audit.classifier.validate import prove
from audit.errors import ConfigError, ModelError
from audit.isolation import isolated
from audit.records import Preprocessing
from audit.text import one_line


@isolated()
@blamed("the network cannot be loaded", fix="correct its code there")
def load(
    spec: str | nn.Module,
    *,
    weights: str | Path | None = None,
    classes: ClassList | None = None,
    input_size: int | tuple[int, int] | None = None,
    resize: int | tuple[int, int] | str | None = None,
    crop_pct: float | None = None,
    enlarge: bool = False,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    interpolation: str | None = None,
    channel_order: str | None = None,
    channels: int | None = None,
    task: Task = "single-label",
    trust_pickle: bool = False,
    device: str = "cpu",
    dtype: Literal["float32", "bfloat16", "float16"] = "float32",
) -> Classifier:
    """Load a classifier and prove that it can be audited.

    `spec` is a text that one of `LOADERS` takes, or a live module (which is copied). `weights` puts a
    `.safetensors` or `.pth` state dict into it; `FILE#KEY` names one of several sets of weights in a file.
    `classes` is a txt, csv, json, ImageFolder, sequence of names, or mapping with the indices on one side.
    `input_size` to `channels` state the preprocessing and override what the weights or the module declare;
    `resize` is the shorter side before the crop, or height and width; "none" overrides a declared crop:
    photographs are resized straight to the input. `crop_pct` states it as the share that the crop shows.
    `enlarge`: photographs that are too small are enlarged instead of left out.
    Raises ModelError, LabelError, PreprocessingError or ConfigError, each with its fix.
    """
    if task not in ("single-label", "multi-label"):
        raise ConfigError(f"unknown task {task!r}", fix="use single-label or multi-label")
    place = _device(device, dtype)
    stated_classes = None if classes is None else read_classes(classes)
    expected = None if stated_classes is None else len(stated_classes)
    with isolated():  # code of a network may change the working directory, the default dtype and more
        candidate = _candidate(spec, Request(weights is not None, expected, trust_pickle))
    reached("network", candidate)
    candidate.module = without_inference_mode(candidate.module)
    require_capable(candidate.capabilities, spec if isinstance(spec, str) else candidate.name, dtype)
    name = candidate.name
    notes: list[str] = []
    module = unwrapped(candidate.module, notes)
    require_modules(module)
    require_own_forward(module)
    candidate.declare(module)
    stated = {
        "input_size": input_size,
        "resize": resize,
        "crop_pct": crop_pct,
        "enlarge": enlarge or None,  # else as it is declared
        "mean": mean,
        "std": std,
        "interpolation": interpolation,
        "channel_order": channel_order,
        "channels": channels,
    }
    path = resolve(stated, candidate.declared_input, candidate.input_source, module)
    reached("preprocessing", path)
    with running(candidate.folder, module), isolated(), same_directory() as moved:
        if is_lazy_network(module):
            fill_lazy_layers(module, path)
        if weights is not None:
            left_out = apply_weights(module, Path(weights), trust_pickle=trust_pickle)
            reached("weights", left_out)
            candidate.warnings += left_out
            file, key = split_key(Path(weights))
            name = "-".join(part for part in (name, file.stem, key) if part)
        unwrap_inside(module, notes)
        in_eval_mode(module)
        reached("eval mode")
        proof = prove(module, path, task)
        grey = _runs_on_grey(module, path)
        identity = identify(module, path, proof.rules)
        if moved():
            raise ModelError(
                "the network changes the working directory while it runs, and paths of the run with it",
                fix="remove os.chdir from its forward",
            )

    warnings = [*candidate.warnings, *proof.warnings, *grey]
    count = max(2, proof.outputs)
    if stated_classes is not None:
        listed = f" in {Path(classes).name}" if isinstance(classes, str | Path) else ""
        found, source = stated_classes, f"stated by the user{listed}"
    elif candidate.declared_classes is not None:
        source = candidate.classes_source
        found = entries(candidate.declared_classes, source)
    else:
        found, source = numbered(count), "numbered: no class list was given"
        warnings.append("No class list was given, so classes are numbered: name them with --classes.")
    listed_classes = labels(found, count, f"class list ({source})", binary=proof.outputs == 1)
    reached("class list")
    classifier = Classifier(
        module,
        spec=spec if isinstance(spec, str) else type(spec).__name__,
        name=folder_name(name),
        task=task,
        input=path,
        classes=listed_classes,
        classes_source=source,
        identity=identity,
        warnings=warnings,
        head=proof.head,
        rules=proof.rules,
        notes=[*notes, *proof.notes],
        device=str(place),
        dtype=dtype,
    )
    _runs_where_asked(classifier)
    reached("place", classifier)
    return classifier


def folder_name(text: str) -> str:
    """Letters, digits, dot, dash and underscore only, at most 80 characters, never empty or hidden."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:80] or "model"


def _candidate(spec: str | nn.Module, request: Request) -> Candidate:
    if isinstance(spec, nn.Module):
        # The caller may go on training it: freezing and moving happens to a copy.
        lazy = attempted(lambda: is_lazy_network(spec)) is True
        fix = (
            "run it once, so that its lazy layers get weights" if lazy else "give a factory: FILE.py:FACTORY"
        )
        with in_one_line("the live module cannot be copied", fix=fix):
            return Candidate(module=copied(spec), name=type(spec).__name__)
    loader = loader_of(spec)
    try:
        return _checked(loader.load(spec, request))
    except Exception as error:
        raise refused(loader, spec, error) from error


def _checked(loaded: object) -> Candidate:
    """What a loader from outside gives may be anything."""
    if not isinstance(loaded, Candidate):
        raise TypeError(f"expected a Candidate, got {type(loaded).__name__}")
    module = cast(object, loaded.module)
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a Candidate with a torch module, its module is a {type(module).__name__}")
    return loaded


def _runs_on_grey(module: nn.Module, path: Preprocessing) -> list[str]:
    """A warning where three channels were guessed, and the network takes one as well."""
    source = path.sources["channels"]
    if path.channels != 3 or source not in (DEFAULT, FIRST_CONVOLUTION):
        return []
    if not runs(module, 1, path.height, path.width):
        return []
    guess = "a guess" if source == DEFAULT else f"a guess from {source}"
    return [
        f"It runs on images of one channel too, and three are {guess}: if it was trained on grey images, "
        "state --channels 1, else --channels 3."
    ]


def _device(device: str, dtype: str) -> torch.device:
    if dtype not in ("float32", "bfloat16", "float16"):
        raise ConfigError(f"unknown dtype {dtype!r}", fix="use float32, bfloat16 or float16")
    try:
        place = torch.device(device)
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise ConfigError(
            f"device {device!r} cannot be used: {one_line(error)}", fix="use --device cpu"
        ) from error
    return place


def _runs_where_asked(classifier: Classifier) -> None:
    """The proof ran on the CPU in float32; this asks for finite logits in the place and precision chosen."""
    if classifier.device.type == "cpu" and classifier.dtype == torch.float32:
        return
    images = probe_images(classifier.input.channels, *classifier.size).to(classifier.device)
    place = f"on {classifier.device} in {str(classifier.dtype).removeprefix('torch.')}"
    try:
        with torch.no_grad():
            finite = bool(classifier.logits(images).isfinite().all())
    except (RuntimeError, ModelError) as error:
        raise ModelError(
            f"the network does not run {place}: {one_line(error)}",
            fix="use --device cpu and --set dtype=float32",
        ) from error
    if not finite:
        raise ModelError(f"logits overflow {place}", fix="use --set dtype=float32")
