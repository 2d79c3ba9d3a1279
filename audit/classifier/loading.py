"""From what the user typed to a proved classifier."""

import copy
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import torch
from torch import nn

from audit.classifier.candidate import Candidate, same_directory
from audit.classifier.capabilities import require_capable
from audit.classifier.checkpoints import TORCHSCRIPT, apply_weights, split_key
from audit.classifier.identity import identify
from audit.classifier.labels import ClassList, entries, labels, numbered, read_classes
from audit.classifier.loaders.loader import Request
from audit.classifier.loaders.python_code import running
from audit.classifier.model import Classifier, Task
from audit.classifier.probe_images import probe_images
from audit.classifier.resolve_preprocessing import resolve
from audit.classifier.spec import loader_of, refused
from audit.classifier.validate import prove
from audit.errors import ConfigError, ModelError
from audit.text import one_line


def load(
    spec: str | nn.Module,
    *,
    weights: str | Path | None = None,
    classes: ClassList | None = None,
    input_size: int | tuple[int, int] | None = None,
    resize: int | str | None = None,
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
    `resize` "none" overrides a declared crop: photographs are resized straight to the input.
    Raises ModelError, LabelError, PreprocessingError or ConfigError, each with its fix.
    """
    if task not in ("single-label", "multi-label"):
        raise ConfigError(f"unknown task {task!r}", fix="use single-label or multi-label")
    place = _device(device, dtype)
    stated_classes = None if classes is None else read_classes(classes)
    expected = None if stated_classes is None else len(stated_classes)
    with same_directory():  # paths of the run are relative to it, and the caller's own
        candidate = _candidate(spec, Request(weights is not None, expected, trust_pickle))
    require_capable(candidate.capabilities, spec if isinstance(spec, str) else candidate.name, dtype)
    name = candidate.name
    if weights is not None:
        candidate.warnings += apply_weights(candidate.module, Path(weights), trust_pickle=trust_pickle)
        file, key = split_key(Path(weights))
        name = "-".join(part for part in (name, file.stem, key) if part)

    module = _in_eval_mode(candidate.module)
    stated = {
        "input_size": input_size,
        "resize": resize,
        "mean": mean,
        "std": std,
        "interpolation": interpolation,
        "channel_order": channel_order,
        "channels": channels,
    }
    path = resolve(stated, candidate.declared_input, candidate.input_source, module)
    with running(candidate.folder, module), same_directory() as moved:
        proof = prove(module, path, task)
        if moved():
            raise ModelError(
                "the network changes the working directory while it runs, and paths of the run with it",
                fix="remove os.chdir from its forward",
            )

    warnings = [*candidate.warnings, *proof.warnings]
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
    classifier = Classifier(
        module,
        spec=spec if isinstance(spec, str) else type(spec).__name__,
        name=folder_name(name),
        task=task,
        input=path,
        classes=labels(found, count, f"class list ({source})", binary=proof.outputs == 1),
        classes_source=source,
        identity=identify(module, path),
        warnings=warnings,
        head=proof.head,
        device=str(place),
        dtype=dtype,
    )
    _runs_where_asked(classifier)
    return classifier


def folder_name(text: str) -> str:
    """Letters, digits, dot, dash and underscore only, at most 80 characters, never empty or hidden."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:80] or "model"


def _candidate(spec: str | nn.Module, request: Request) -> Candidate:
    if isinstance(spec, nn.Module):
        try:
            # The caller may go on training it: freezing and moving happens to a copy.
            return Candidate(module=copy.deepcopy(spec), name=type(spec).__name__)
        except Exception as error:
            raise ModelError(
                f"the live module cannot be copied: {one_line(error)}", fix="give a factory: FILE.py:FACTORY"
            ) from error
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


def _in_eval_mode(module: nn.Module) -> nn.Module:
    if isinstance(module, torch.jit.ScriptModule):
        raise ModelError("the network is a TorchScript module, which cannot be audited", fix=TORCHSCRIPT)
    try:
        return module.cpu().float().eval().requires_grad_(False)
    # Exported programs refuse some of these, and modules override them.
    except Exception as error:
        raise ModelError(
            f"the network cannot be put into eval mode in float32 on the CPU: {one_line(error)}",
            fix="give the network as it is before any export, compilation or quantisation",
        ) from error


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
    except RuntimeError as error:
        raise ModelError(
            f"the network does not run {place}: {one_line(error)}",
            fix="use --device cpu and --set dtype=float32",
        ) from error
    if not finite:
        raise ModelError(f"logits overflow {place}", fix="use --set dtype=float32")
