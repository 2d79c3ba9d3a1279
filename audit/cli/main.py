"""The command `audit`: one function per verb. Heavy imports wait until a verb runs."""

import io
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.cli.deliver import Delivery, deliver, require_format, say_broken
from audit.cli.help import Verb, Verbs
from audit.cli.options import (
    OUTPUT,
    AskedPolicy,
    Device,
    Format,
    Fresh,
    Output,
    Policy,
    RunFolder,
    RunPolicy,
    Set,
    size,
    takes_audit,
    takes_model,
    takes_model_option,
)
from audit.cli.retest_verb import probe_verb
from audit.cli.says_why import says_why
from audit.threads import cores, quota, settle

if TYPE_CHECKING:
    from audit.records.gate import GateResult

app = typer.Typer(
    cls=Verbs,
    help="Draw what an image classifier has learned for every class, measure it against natural images, "
    "and report what looks wrong.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
WIDTH = 160
"""Columns of a table where the output is no terminal."""


def _version(wanted: bool) -> None:
    if wanted:
        from audit import __version__

        print(f"audit {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Flags of the command itself."""


def _verb(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return app.command(name, cls=Verb)


@_verb("run")
@says_why
@takes_audit
def run_verb(
    model: str,
    asked: dict[str, Any],
    policy: RunPolicy = None,
    fresh: Fresh = False,
    format_: Format = None,
    output: Output = "-",
) -> None:
    """Audit a classifier and write the report; repeating the command resumes it."""
    require_format(format_, output)
    from rich.console import Console

    from audit.api import run

    command, console = _command(), Console(stderr=True)
    audit = run(model, **asked, policy=policy, fresh=fresh, command=command, console=console)
    verdict = audit.results.verdict
    said = [*verdict.lines(), str(audit.page)]
    if audit.answer is not None:
        said += _gate_lines(audit.answer)
    given = Delivery(audit.results, audit.answer, audit.folder, format_, output)
    deliver(given, said, (audit.answer or verdict).exit_code)


@_verb("doctor")
@says_why
@takes_audit
def doctor_verb(
    model: str,
    asked: dict[str, Any],
    policy: AskedPolicy = None,
    fresh: Fresh = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print what was found as JSON", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Say what loading proves and guesses, and whether a run would start: 0 it would, 2 it would not."""
    from rich.console import Console

    from audit.api import doctor
    from audit.diagnosis.diagnosis_text import printed

    found = doctor(model, **asked, policy=policy, fresh=fresh, console=Console(stderr=True))
    if as_json:
        print(json.dumps(found.record(), indent=1))
    else:
        printed(found, shutil.get_terminal_size((WIDTH, 1)).columns)
    sys.stdout.flush()
    if found.error is not None:
        raise found.error


@_verb("check")
@says_why
def check_verb(
    folder: RunFolder,
    policy: Policy = "release",
    as_json: Annotated[
        bool, typer.Option("--json", help="print the answer as JSON", rich_help_panel=OUTPUT)
    ] = False,
    format_: Format = None,
    output: Output = "-",
) -> None:
    """Judge a finished run by a policy: 0 it holds, 1 it fails, 3 nothing was checked; changes no run."""
    from audit.api import check
    from audit.api import open as open_run
    from audit.gating.policy import read_policy

    require_format(format_, output)
    judged_by = read_policy(policy)
    audit = open_run(folder)
    answer = check(audit, policy=judged_by)
    said = [json.dumps(answer.model_dump(mode="json"), indent=1)] if as_json else _gate_lines(answer)
    deliver(Delivery(audit.results, answer, folder, format_, output), said, answer.exit_code)


@_verb("plan")
@says_why
@takes_audit
def plan_verb(model: str, asked: dict[str, Any]) -> None:
    """Time a batch of each phase, then predict the minutes and the disk that a run takes."""
    from rich.console import Console

    from audit.api import plan

    ahead = plan(model, **asked, console=Console(stderr=True))
    print(f"{'stage':<14} {'items':>18} {'units':>6} {'views':>9} {'minutes':>8}")
    for stage in ahead.stages:
        minutes = stage.seconds / 60
        items = f"{stage.items} {stage.of}" if stage.units else f"{stage.of} to choose"
        print(f"{stage.name:<14} {items:>18} {stage.units:>6} {stage.views:>9.0f} {minutes:>8.1f}")
    print(f"in all about {ahead.seconds / 60:.1f} minutes and {ahead.megabytes:.0f} MB in {ahead.folder}")


@_verb("report")
@says_why
def report_verb(
    folder: RunFolder,
    set_: Set = None,
    format_: Format = None,
    output: Output = "-",
) -> None:
    """Judge a finished run's records again and rebuild its page; computes no picture.

    With --format only that form is written, and the run stays as it is.
    """
    from audit.runner.rebuild import rebuild, rejudged

    require_format(format_, output)
    results = (rebuild if format_ is None else rejudged)(folder, set_ or ())
    said = [*results.verdict.lines(), *([] if format_ else [str(folder / "index.html")])]
    deliver(Delivery(results, None, folder, format_, output), said, results.verdict.exit_code)


_verb("probe")(probe_verb)


@_verb("baseline")
@says_why
def baseline_verb(
    images: Annotated[Path, typer.Argument(help="folder of photographs, searched through")],
    sides: Annotated[
        str, typer.Option("--size", help="side in px or HEIGHTxWIDTH, that of the classifier's input")
    ],
    out: Annotated[Path, typer.Option(help="file to write")] = Path("baseline.json"),
    limit: Annotated[int | None, typer.Option(help="at most this many photographs, drawn by --seed")] = None,
    seed: Annotated[int, typer.Option(help="seed of that draw")] = 0,
) -> None:
    """Measure photographs: the natural ranges that pictures of this size are compared with."""
    from audit.image_stats import build

    wanted = size(sides, "--size")
    assert wanted is not None
    report = build(images, wanted, out, seed=seed, limit=limit)
    say_broken()
    skipped = report.skipped
    print(
        f"{report.baseline.images} of {report.found} photographs measured at {sides} px "
        f"({skipped.too_small} too small, {skipped.unreadable} unreadable)"
    )
    print(out)


@_verb("dream")
@says_why
@takes_model_option
def dream_verb(
    model: str,
    load: dict[str, Any],
    photo: Annotated[str, typer.Argument(help="a photograph, or `noise`")],
    layer: Annotated[
        list[str] | None,
        typer.Option(help="LAYER or LAYER:CHANNEL of `audit layers`; repeatable; a series unless given"),
    ] = None,
    guide: Annotated[Path | None, typer.Option(help="second photograph, whose features are sought")] = None,
    side: Annotated[int | None, typer.Option(help="longer side in px; 768, or 12 inputs if less")] = None,
    octaves: Annotated[int, typer.Option(min=1, max=12, help="sizes at which it is dreamt, at most")] = 12,
    iterations: Annotated[int, typer.Option(min=1, help="steps at each size")] = 10,
    strength: Annotated[float, typer.Option(min=0, help="of a step; 1 is the usual one")] = 1.0,
    zoom: Annotated[int, typer.Option(min=0, help="frames of a zoom into the dream; 0: none")] = 0,
    zoom_by: Annotated[float, typer.Option(help="per cent by which each frame is enlarged")] = 5.0,
    turn: Annotated[float, typer.Option(help="degrees by which each frame is turned")] = 0.5,
    save: Annotated[
        list[str] | None,
        typer.Option(help="of a zoom: gif, webp, mp4 or frames; repeatable; gif unless given"),
    ] = None,
    back_and_forth: Annotated[
        bool, typer.Option("--back-and-forth", help="the zoom runs backwards again")
    ] = False,
    seed: Annotated[int, typer.Option(help="seed of all random numbers")] = 0,
    device: Device = None,
    out: Annotated[
        Path | None, typer.Option(help="folder; reports/dream-<model>-<photo> unless given")
    ] = None,
) -> None:
    """Enhance what a layer sees in a photograph; `--zoom` makes an endless zoom of it."""
    from rich.console import Console

    from audit.api import dream

    dreamt = dream(
        photo, model, layer=layer or (), guide=guide, side=side, octaves=octaves, iterations=iterations,
        strength=strength, zoom=zoom, zoom_by=zoom_by, turn=turn, save=save or ("gif",),
        back_and_forth=back_and_forth, seed=seed, device=device, out=out, command=_command(),
        console=Console(stderr=True), **load,
    )  # fmt: skip
    for path in (*dreamt.files, dreamt.page):
        print(path)


@_verb("invert")
@says_why
@takes_model_option
def invert_verb(
    model: str,
    load: dict[str, Any],
    photo: Annotated[Path, typer.Argument(help="a photograph")],
    layer: Annotated[
        list[str] | None,
        typer.Option(help="a layer of `audit layers`; repeatable; up to eight depths unless given"),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="steps of each picture")] = 300,
    restarts: Annotated[int, typer.Option(min=1, max=64, help="pictures of each layer")] = 1,
    seed: Annotated[int, typer.Option(help="seed of all random numbers")] = 0,
    device: Device = None,
    out: Annotated[
        Path | None, typer.Option(help="folder; reports/invert-<model>-<photo> unless given")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print what was measured as JSON")] = False,
) -> None:
    """Show what the network still knows of a photograph at each depth."""
    from rich.console import Console

    from audit.api import invert

    found = invert(
        photo, model, layer=layer or (), steps=steps, restarts=restarts, seed=seed, device=device, out=out,
        command=_command(), console=Console(stderr=True), **load,
    )  # fmt: skip
    print(json.dumps(found.record(), indent=1) if as_json else found.page)


@_verb("layers")
@says_why
@takes_model
def layers_verb(
    model: str,
    load: dict[str, Any],
    device: Device = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the list as JSON")] = False,
) -> None:
    """List the layers that run in a forward pass, in order, with their outputs."""
    from audit.api import load as load_model
    from audit.preflight import require_given

    require_given(model, weights=load["weights"], classes=load["classes"])
    from audit.classifier.layers import layers
    from audit.cli.layers_table import records, table

    found = layers(load_model(model, device=device or "cpu", **load))
    print(json.dumps(records(found), indent=1) if as_json else table(found))


@_verb("draw")
@says_why
@takes_model
def draw_verb(
    model: str,
    load: dict[str, Any],
    unit: Annotated[
        list[str],
        typer.Option(
            help="LAYER, LAYER:CHANNEL, LAYER:0-15, LAYER:CHANNEL@Y,X or LAYER:DIRECTION.npy, a layer of "
            "`audit layers`; repeatable"
        ),
    ],
    views: Annotated[int, typer.Option(min=1, help="views of each picture")] = 64,
    restarts: Annotated[int, typer.Option(min=1, max=64, help="pictures of each unit")] = 3,
    seed: Annotated[int, typer.Option(help="seed of all random numbers")] = 0,
    device: Device = None,
    images: Annotated[
        Path | None, typer.Option(help="photographs: those that raise a unit most stand beside it")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder; reports/<model>-units unless given")] = None,
) -> None:
    """Draw what raises layers, channels, neurons or directions inside the network."""
    from rich.console import Console

    from audit.api import draw

    page = draw(
        model, unit, views=views, restarts=restarts, seed=seed, images=images, device=device, out=out,
        command=_command(), console=Console(stderr=True), **load,
    )  # fmt: skip
    print(page)


@_verb("schema")
@says_why
def schema_verb() -> None:
    """Print the JSON Schema of results.json."""
    from audit.report.write import schema

    print(json.dumps(schema(), indent=1))


def _command() -> str:
    return shlex.join(["audit", *sys.argv[1:]])


def _gate_lines(answer: "GateResult") -> list[str]:
    from audit.gating.gate_table import lines

    return lines(answer, shutil.get_terminal_size((WIDTH, 1)).columns)


def main() -> None:
    """Entry point of the command."""
    if "torch" not in sys.modules:
        settle(os.environ, cores(), quota())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Class names may hold letters that the terminal's encoding lacks.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="audit")
