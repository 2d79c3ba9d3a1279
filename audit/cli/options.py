"""Options that verbs of the command line share, and what their texts mean."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.errors import PreprocessingError

LOADING, CHOICES, OUTPUT = "Model and preprocessing", "What is computed", "Result"
"""Headings of the help."""

MODEL = "{models}"
"""Stands for what the loaders take, which is asked when help is shown."""
Model = Annotated[str, typer.Argument(metavar="MODEL", help=MODEL)]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help=MODEL)]

OtherModel = Annotated[
    str | None,
    typer.Option("--model", metavar="MODEL", help=f"instead of the one that the run names: {MODEL}"),
]


def _loading(help: str, *names: str, **how: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=LOADING, **how)


def _choice(help: str, *names: str, **how: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=CHOICES, **how)


Weights = Annotated[
    str | None, _loading("state dict (.safetensors, .pth) for the architecture, or FILE#KEY", metavar="FILE")
]
Classes = Annotated[str | None, _loading("class list: txt, csv, json or an ImageFolder", metavar="FILE")]
InputSize = Annotated[str | None, _loading("side of the input in px, or HEIGHTxWIDTH", metavar="PX")]
Resize = Annotated[
    str | None,
    _loading(
        "shorter side of a photograph before its centre crop, in px, or HEIGHTxWIDTH; none: no crop",
        metavar="PX",
    ),
]
CropPct = Annotated[
    float | None, _loading("the same as the share that the crop shows, for example 0.875", metavar="SHARE")
]
Enlarge = Annotated[
    bool,
    _loading("enlarge photographs that are too small instead of leaving them out", "--enlarge"),
]
Mean = Annotated[
    str | None, _loading("mean per channel in [0, 1], for example 0.485,0.456,0.406", metavar="NUMBERS")
]
Std = Annotated[
    str | None, _loading("standard deviation per channel, for example 0.229,0.224,0.225", metavar="NUMBERS")
]
Interpolation = Annotated[str | None, _loading("bilinear, bicubic or nearest", metavar="NAME")]
ChannelOrder = Annotated[
    str | None, _loading("rgb or bgr: order in which the network expects the channels", metavar="ORDER")
]
Channels = Annotated[
    int | None, _loading("input channels, where they cannot be read off the network", metavar="N")
]
Task = Annotated[str, _loading("single-label or multi-label", metavar="TASK")]
TrustPickle = Annotated[
    bool, _loading("allow MODEL's pickled files to run code while loading", "--trust-pickle")
]
Only = Annotated[
    list[str] | None,
    _choice("classes to audit: indices, slices like ::10, ids or names; repeatable", metavar="CLASSES"),
]
Preset = Annotated[str, _choice("quick, standard, thorough or a TOML file", metavar="PRESET")]
Set = Annotated[list[str] | None, _choice("change a setting; repeatable", "--set", metavar="KEY=VALUE")]
Seed = Annotated[int | None, _choice("seed of all random numbers", metavar="N")]
Device = Annotated[str | None, _choice("cpu, cuda, cuda:1, mps", metavar="DEVICE")]
Dtype = Annotated[str | None, _choice("float32, bfloat16 or float16", metavar="TYPE")]
MaxFalseAlarm = Annotated[
    float | None,
    _choice("share of clean networks, at most, that is suspected of anything; 0.05", metavar="SHARE"),
]
BaselineFile = Annotated[
    Path | None,
    _choice("baseline file, or a folder of photographs to compute one from", "--baseline", metavar="PATH"),
]
Images = Annotated[
    Path | None,
    _choice(
        "photographs: a folder with one subfolder per class, or a flat one", "--images", metavar="FOLDER"
    ),
]
TransferModel = Annotated[
    str | None,
    _choice(
        "a second network asked about the pictures: a MODEL, or a TOML file with its flags", metavar="MODEL"
    ),
]
Counterexamples = Annotated[
    list[str] | None,
    _choice(
        "photographs of a class's object without a part that it may rest on, in FOLDER or FOLDER/object, or "
        "of that part alone, in FOLDER/part; repeatable",
        metavar="CLASS=FOLDER",
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="run directory")]
Out = Annotated[
    Path | None,
    typer.Option(
        help="run directory; reports/<model> unless given", metavar="FOLDER", rich_help_panel=OUTPUT
    ),
]
Policy = Annotated[
    str,
    typer.Option(metavar="POLICY", help="`release` or a TOML file", rich_help_panel=OUTPUT),
]
RunPolicy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="judge the run by a policy, `release` or a TOML file: exit code 1 where it fails; without one a "
        "finished audit ends with 0, whatever it found",
        rich_help_panel=OUTPUT,
    ),
]
AskedPolicy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="say what of a policy, `release` or a TOML file, these settings cannot fulfil",
        rich_help_panel=OUTPUT,
    ),
]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="start over in a folder that holds another run", rich_help_panel=OUTPUT),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="also write the results in a form: html, json, csv, markdown or one from outside",
        rich_help_panel=OUTPUT,
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "--output", metavar="FILE", help="where --format writes to; - prints it", rich_help_panel=OUTPUT
    ),
]


PLAIN = (
    "weights", "classes", "crop_pct", "enlarge", "interpolation", "channel_order", "channels", "task",
    "trust_pickle",
)  # fmt: skip
"""Flags that `audit.load` takes as they are."""


def loading(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags of a verb that takes a model, as the command line gave them, as keywords of `audit.load`."""
    return {
        **{name: flags[name] for name in PLAIN},
        "input_size": size(flags["input_size"]),
        "resize": _resize(flags["resize"]),
        "mean": numbers("--mean", flags["mean"]),
        "std": numbers("--std", flags["std"]),
    }


def _resize(text: str | None) -> int | tuple[int, int] | str | None:
    """A side or two where it names them; anything else is left to who knows what it may be."""
    sides = text.lower().replace(",", "x").split("x") if text else []
    return size(text) if len(sides) <= 2 and all(side.isdecimal() for side in sides) else text


def size(text: str | None, flag: str = "--input-size") -> int | tuple[int, int] | None:
    """A side, or height and width; raises PreprocessingError naming the flag."""
    if text is None:
        return None
    sides = text.lower().replace(",", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise PreprocessingError(
            f"expected a side in px or HEIGHTxWIDTH, got {text!r}",
            where=flag,
            fix=f"{flag} 224",
        )
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def numbers(flag: str, text: str | None) -> tuple[float, ...] | None:
    """Numbers with commas between; raises PreprocessingError naming the flag."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise PreprocessingError(
            f"expected numbers with commas between, got {text!r}", where=flag, fix=f"{flag} 0.5,0.5,0.5"
        ) from None


def takes_model(verb: Callable[..., None], annotation: Any = Model) -> Callable[..., None]:
    """Gives a verb the argument MODEL and every flag that loads one.

    The verb's first two parameters are `model` and `load`, a dictionary of keywords for `audit.load`;
    the command line sees the flags instead.
    """
    return _takes(verb, "load", annotation, _model)


def takes_model_option(verb: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb whose argument is something else: the model is given with --model."""
    return takes_model(verb, ModelOption)


def takes_another_model(verb: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that has a model already: --model names it where it cannot be loaded as before."""
    return _takes(verb, "load", OtherModel, _model, default=None)


def takes_audit(verb: Callable[..., None]) -> Callable[..., None]:
    """Gives a verb MODEL and all that `audit.run` and `audit.plan` take, as `model` and `asked`, keywords."""
    return _takes(verb, "asked", Model, _model, _audit)


def _takes(
    verb: Callable[..., None],
    gathered: str,
    annotation: Any,
    *sources: Callable[..., None],
    default: Any = inspect.Parameter.empty,
) -> Callable[..., None]:
    own = list(inspect.signature(verb).parameters.values())
    assert [p.name for p in own[:2]] == ["model", gathered]
    flags = {n: p for source in sources for n, p in inspect.signature(source).parameters.items()}
    load = [name for name in inspect.signature(_model).parameters if name != "model"]

    @functools.wraps(verb)
    def wrapped(**given: Any) -> None:
        read = {name.rstrip("_"): given.pop(name) for name in flags if name not in (*load, "model")}
        # Repeatable flags that were not given are None.
        read |= {name: read[name] or () for name in ("set", "only", "counterexamples") if name in read}
        read |= loading({name: given.pop(name) for name in load})
        verb(given.pop("model"), read, **given)

    parameters = [flags["model"].replace(annotation=annotation, default=default)]
    parameters += [p for name, p in flags.items() if name not in (*load, "model")]
    parameters += own[2:] + [flags[name] for name in load]
    # Typer reads both; arguments of the verb's own follow MODEL.
    signature = inspect.Signature(
        [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters], return_annotation=None
    )
    wrapped.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapped


def _model(
    model: Model,
    weights: Weights = None,
    classes: Classes = None,
    input_size: InputSize = None,
    resize: Resize = None,
    crop_pct: CropPct = None,
    enlarge: Enlarge = False,
    mean: Mean = None,
    std: Std = None,
    interpolation: Interpolation = None,
    channel_order: ChannelOrder = None,
    channels: Channels = None,
    task: Task = "single-label",
    trust_pickle: TrustPickle = False,
) -> None:
    """The flags themselves."""


def _audit(
    only: Only = None,
    preset: Preset = "standard",
    set_: Set = None,
    images: Images = None,
    transfer_model: TransferModel = None,
    counterexamples: Counterexamples = None,
    baseline: BaselineFile = None,
    max_false_alarm: MaxFalseAlarm = None,
    seed: Seed = None,
    device: Device = None,
    dtype: Dtype = None,
    out: Out = None,
) -> None:
    """The flags that `run` and `plan` share."""
