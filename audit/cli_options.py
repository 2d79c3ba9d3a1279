"""Options that verbs of the command line share, and what their texts mean."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.errors import InputPathError

Model = Annotated[
    str,
    typer.Argument(help="demo, torchvision:NAME[@WEIGHTS|@none], FILE.py:FACTORY or package.module:FACTORY"),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="demo, torchvision:NAME[@WEIGHTS|@none], FILE.py:FACTORY or package.module:FACTORY",
    ),
]
Weights = Annotated[
    str | None, typer.Option(help="state dict (.safetensors, .pth) for the architecture, or FILE#KEY")
]
Classes = Annotated[str | None, typer.Option(help="class list: txt, csv, json or an ImageFolder")]
InputSize = Annotated[str | None, typer.Option(help="side of the input in px, or HEIGHTxWIDTH")]
Resize = Annotated[
    str | None,
    typer.Option(help="shorter side of a photograph before its centre crop, in px; none: no crop"),
]
Mean = Annotated[str | None, typer.Option(help="mean per channel in [0, 1], for example 0.485,0.456,0.406")]
Std = Annotated[
    str | None, typer.Option(help="standard deviation per channel, for example 0.229,0.224,0.225")
]
Interpolation = Annotated[str | None, typer.Option(help="bilinear, bicubic or nearest")]
ChannelOrder = Annotated[
    str | None, typer.Option(help="rgb or bgr: order in which the network expects the channels")
]
Channels = Annotated[
    int | None, typer.Option(help="input channels, where they cannot be read off the network")
]
Task = Annotated[str, typer.Option(help="single-label or multi-label")]
TrustPickle = Annotated[
    bool, typer.Option("--trust-pickle", help="allow MODEL's pickled files to run code while loading")
]
Only = Annotated[
    list[str] | None,
    typer.Option(help="classes to audit: indices, slices like ::10, ids or names; repeatable"),
]
Preset = Annotated[str, typer.Option("--config", help="quick, standard, thorough or a TOML file")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="change a setting; repeatable")
]
Seed = Annotated[int | None, typer.Option(help="seed of all random numbers")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, mps")]
BaselineFile = Annotated[
    Path | None,
    typer.Option("--baseline", help="baseline file, or a folder of photographs to compute one from"),
]
Images = Annotated[
    Path | None,
    typer.Option("--images", help="photographs: a folder with one subfolder per class, or a flat one"),
]
JudgeModel = Annotated[
    str | None,
    typer.Option(
        "--judge", help="a second network asked about the pictures: a MODEL, or a TOML file with its flags"
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="run directory")]
Out = Annotated[Path | None, typer.Option(help="run directory; reports/<model> unless given")]


PLAIN = ("weights", "classes", "interpolation", "channel_order", "channels", "task", "trust_pickle")
"""Flags that `audit.load` takes as they are."""


def loading(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags of a verb that takes a model, as the command line gave them, as keywords of `audit.load`."""
    resize = flags["resize"]
    return {
        **{name: flags[name] for name in PLAIN},
        "input_size": size(flags["input_size"]),
        "resize": int(resize) if resize is not None and resize.isdecimal() else resize,
        "mean": numbers("--mean", flags["mean"]),
        "std": numbers("--std", flags["std"]),
    }


def size(text: str | None, flag: str = "--input-size") -> int | tuple[int, int] | None:
    """A side, or height and width; raises InputPathError naming the flag."""
    if text is None:
        return None
    sides = text.lower().replace(",", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise InputPathError(
            f"expected a side in px or HEIGHTxWIDTH, got {text!r}",
            where=flag,
            fix=f"{flag} 224",
        )
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def numbers(flag: str, text: str | None) -> tuple[float, ...] | None:
    """Numbers with commas between; raises InputPathError naming the flag."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputPathError(
            f"expected numbers with commas between, got {text!r}", where=flag, fix=f"{flag} 0.5,0.5,0.5"
        ) from None


def takes_model(verb: Callable[..., None], annotation: Any = Model) -> Callable[..., None]:
    """Gives a verb the argument MODEL and every flag that loads one.

    The verb's first two parameters are `model` and `load`, a dictionary of keywords for `audit.load`;
    the command line sees the flags instead.
    """
    own = list(inspect.signature(verb).parameters.values())
    assert [p.name for p in own[:2]] == ["model", "load"]
    flags = inspect.signature(_model).parameters

    @functools.wraps(verb)
    def wrapped(**given: Any) -> None:
        read = {name: given.pop(name) for name in flags if name != "model"}
        verb(given.pop("model"), loading(read), **given)

    parameters = [flags["model"].replace(annotation=annotation), *list(flags.values())[1:], *own[2:]]
    # Typer reads both; arguments of the verb's own follow MODEL.
    signature = inspect.Signature(
        [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters], return_annotation=None
    )
    wrapped.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapped


def takes_model_option(verb: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb whose argument is something else: the model is given with --model."""
    return takes_model(verb, ModelOption)


def _model(
    model: Model,
    weights: Weights = None,
    classes: Classes = None,
    input_size: InputSize = None,
    resize: Resize = None,
    mean: Mean = None,
    std: Std = None,
    interpolation: Interpolation = None,
    channel_order: ChannelOrder = None,
    channels: Channels = None,
    task: Task = "single-label",
    trust_pickle: TrustPickle = False,
) -> None:
    """The flags themselves."""
