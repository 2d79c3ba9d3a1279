"""The command `audit`: one function per verb. Heavy imports wait until a verb runs."""

import functools
import json
import os
import shlex
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.errors import AuditError, InputPathError, OutputError

app = typer.Typer(
    help="Draw what an image classifier has learned for every class, measure it against natural images, "
    "and report what looks wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Model = Annotated[
    str,
    typer.Argument(help="demo, torchvision:NAME[@WEIGHTS|@none], FILE.py:FACTORY or package.module:FACTORY"),
]
Weights = Annotated[str | None, typer.Option(help="state dict (.safetensors, .pth) for the architecture")]
Classes = Annotated[str | None, typer.Option(help="class list: txt, json or an ImageFolder")]
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
    bool, typer.Option("--trust-pickle", help="allow pickled files to run code while loading")
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
Out = Annotated[Path | None, typer.Option(help="run directory; reports/<model> unless given")]


def _says_why(verb: Callable[..., None]) -> Callable[..., None]:
    """Errors as one line and their exit code; interruption as 130; the rest is a defect of ours."""

    @functools.wraps(verb)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            verb(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read the output has gone; what Python would flush at exit goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(OutputError.exit_code) from None
        except AuditError as error:
            print(f"audit: {error}", file=sys.stderr)
            raise SystemExit(error.exit_code) from None
        except KeyboardInterrupt:
            print("audit: interrupted; the same command goes on where it stopped", file=sys.stderr)
            raise SystemExit(130) from None
        except Exception:
            traceback.print_exc()
            print("audit: internal error, a defect of audit: please report the lines above", file=sys.stderr)
            raise SystemExit(4) from None

    return guarded


@app.command("run")
@_says_why
def run_verb(
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
    only: Only = None,
    config: Preset = "standard",
    set_: Set = None,
    seed: Seed = None,
    device: Device = None,
    images: Images = None,
    baseline: BaselineFile = None,
    out: Out = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="start over in a folder that holds another run")
    ] = False,
) -> None:
    """Audit a classifier and write the report; repeating the command resumes it."""
    from rich.console import Console

    from audit.api import run

    console = Console(stderr=True)
    audit = run(
        model,
        **_loading(
            weights,
            classes,
            input_size,
            resize,
            mean,
            std,
            interpolation,
            channel_order,
            channels,
            task,
            trust_pickle,
        ),
        config=config,
        set=set_ or (),
        only=only or (),
        seed=seed,
        device=device,
        images=images,
        baseline=baseline,
        out=out,
        fresh=fresh,
        command=_command(),
        console=console,
    )
    _conclude(audit.results.verdict.headline, audit.results.verdict.outcome, audit.page)


@app.command("plan")
@_says_why
def plan_verb(
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
    only: Only = None,
    config: Preset = "standard",
    set_: Set = None,
    seed: Seed = None,
    device: Device = None,
    images: Images = None,
    baseline: BaselineFile = None,
    out: Out = None,
) -> None:
    """Time a batch of each phase, then predict the minutes and the disk that a run takes."""
    from audit.api import plan

    loading = _loading(
        weights,
        classes,
        input_size,
        resize,
        mean,
        std,
        interpolation,
        channel_order,
        channels,
        task,
        trust_pickle,
    )
    folder, ahead = plan(
        model, config=config, set=set_ or (), only=only or (), seed=seed, device=device,
        images=images, baseline=baseline, out=out, **loading,
    )  # fmt: skip
    print(f"{'stage':<14} {'items':>18} {'units':>6} {'views':>9} {'minutes':>8}")
    for stage in ahead.stages:
        minutes = stage.seconds / 60
        items = f"{stage.items} {stage.of}"
        print(f"{stage.name:<14} {items:>18} {stage.units:>6} {stage.views:>9.0f} {minutes:>8.1f}")
    print(f"in all about {ahead.seconds / 60:.1f} minutes and {ahead.megabytes:.0f} MB in {folder}")


@app.command("report")
@_says_why
def report_verb(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="run directory")],
    set_: Set = None,
) -> None:
    """Judge a finished run's records again and rebuild its page; computes no picture."""
    from audit.runner.rebuild import rebuild

    results = rebuild(folder, set_ or ())
    _conclude(results.verdict.headline, results.verdict.outcome, folder / "index.html")


@app.command("baseline")
@_says_why
def baseline_verb(
    images: Annotated[Path, typer.Argument(help="folder of photographs, searched through")],
    size: Annotated[str, typer.Option(help="side in px or HEIGHTxWIDTH, that of the classifier's input")],
    out: Annotated[Path, typer.Option(help="file to write")] = Path("baseline.json"),
    limit: Annotated[int | None, typer.Option(help="at most this many photographs, drawn by --seed")] = None,
    seed: Annotated[int, typer.Option(help="seed of that draw")] = 0,
) -> None:
    """Measure photographs: the natural ranges that pictures of this size are compared with."""
    from audit.statistics import build

    sides = _size(size, "--size")
    assert sides is not None
    report = build(images, sides, out, seed=seed, limit=limit)
    skipped = report.skipped
    print(
        f"{report.baseline.images} of {report.found} photographs measured at {size} px "
        f"({skipped.too_small} too small, {skipped.unreadable} unreadable)"
    )
    print(out)


@app.command("schema")
@_says_why
def schema_verb() -> None:
    """Print the JSON Schema of results.json."""
    from audit.report.schema import schema

    print(json.dumps(schema(), indent=1))


def _loading(
    weights: str | None,
    classes: str | None,
    input_size: str | None,
    resize: str | None,
    mean: str | None,
    std: str | None,
    interpolation: str | None,
    channel_order: str | None,
    channels: int | None,
    task: str,
    trust_pickle: bool,
) -> dict[str, Any]:
    """Flags of the command line as keywords of `audit.load`."""
    return {
        "weights": weights,
        "classes": classes,
        "input_size": _size(input_size),
        "resize": int(resize) if resize is not None and resize.isdecimal() else resize,
        "mean": _numbers("--mean", mean),
        "std": _numbers("--std", std),
        "interpolation": interpolation,
        "channel_order": channel_order,
        "channels": channels,
        "task": task,
        "trust_pickle": trust_pickle,
    }


def _size(text: str | None, flag: str = "--input-size") -> int | tuple[int, int] | None:
    if text is None:
        return None
    sides = text.lower().split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise InputPathError(
            f"expected a side in px or HEIGHTxWIDTH, got {text!r}",
            where="--input-size",
            fix="--input-size 224",
        )
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def _numbers(flag: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputPathError(
            f"expected numbers with commas between, got {text!r}", where=flag, fix=f"{flag} 0.5,0.5,0.5"
        ) from None


def _command() -> str:
    return shlex.join(["audit", *sys.argv[1:]])


def _conclude(headline: str, outcome: str, page: Path) -> None:
    print(headline)
    print(page)
    if outcome == "incomplete":
        raise SystemExit(3)


def main() -> None:
    """Entry point of the command."""
    app(prog_name="audit")
