"""The verbs from Python: `audit.run(...)` gives an `Audit`. torch is imported when a verb needs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, cast

from audit.checks import effective
from audit.config import Changes, Config, and_one, read_config
from audit.errors import ConfigError
from audit.finished import Audit
from audit.keywords import Loading, asked_like, public, signed_like
from audit.photos.counterexamples_given import GivenCounterexamples
from audit.preflight import require_given
from audit.text import visible

if TYPE_CHECKING:
    from rich.console import Console
    from torch import nn

    from audit.classifier import Classifier
    from audit.diagnosis.diagnosis import Diagnosis
    from audit.dreaming.photo_dream import Dreamt
    from audit.gating.policy import Policy
    from audit.inversion.photo_inversion import Inverted
    from audit.records.gate import GateResult
    from audit.runner.forecast import Forecast
    from audit.runner.session import RunOptions


@dataclass(frozen=True)
class _Asked:
    """What `run` and `plan` were asked for."""

    classifier: "Classifier"
    options: "RunOptions"
    console: "Console"
    policy: "Policy | None"


def _asked(
    model: "str | nn.Module | Classifier",
    *,
    preset: str = "standard",
    set: Changes = (),
    only: str | Sequence[str | int] = (),
    seed: int | None = None,
    device: str | None = None,
    dtype: str | None = None,
    baseline: str | Path | None = None,
    images: str | Path | None = None,
    transfer_model: "str | Path | nn.Module | Classifier | None" = None,
    counterexamples: GivenCounterexamples = (),
    policy: "str | Path | Policy | None" = None,
    max_false_alarm: float | None = None,
    out: str | Path | None = None,
    fresh: bool = False,
    command: str | None = None,
    console: "Console | None" = None,
    **loading: Unpack[Loading],
) -> _Asked:
    """Reads the arguments of `run` and `plan`; raises UserError."""
    set = and_one(set, "checks.max_false_alarm", max_false_alarm)
    settings = read_config(preset, set, seed=seed, device=device, dtype=dtype)
    effective(settings.checks, where=f"configuration {preset}")
    judged_by = None if policy is None else _policy(policy)
    require_given(
        model,
        weights=loading.get("weights"),
        classes=loading.get("classes"),
        images=images,
        baseline=baseline,
        transfer_model=transfer_model,
        counterexamples=counterexamples,
        out=out,
    )
    shown = _console(console)
    if judged_by is not None:
        _warn(shown, judged_by, settings, photographs=images is not None, part=bool(only))
    shown.print(_beginning(model, preset), style="dim", markup=False, highlight=False, soft_wrap=True)

    from audit.classifier import load
    from audit.classifier.model import Classifier
    from audit.classifier.transfer_model import load_transfer_model
    from audit.runner.plugins import require_sound
    from audit.runner.session import RunOptions, default_out

    require_sound(settings)
    if isinstance(model, Classifier):
        classifier = model
        settings = _settings_of(model, preset, set, seed, device, dtype, loading)
    else:
        classifier = load(model, device=settings.device, dtype=settings.dtype, **loading)
    second = None
    if transfer_model is not None:
        # Consent to unpickle the audited network is not consent to unpickle this one.
        second = load_transfer_model(transfer_model, device=settings.device, dtype=settings.dtype)
    options = RunOptions(
        config=settings,
        config_name=preset,
        only=[str(item) for item in ([only] if isinstance(only, str) else only)],
        baseline=None if baseline is None else Path(baseline),
        images=None if images is None else Path(images),
        transfer_model=second,
        counterexamples=counterexamples,
        out=default_out(classifier) if out is None else Path(out),
        fresh=fresh,
        command=command or f"audit.run({classifier.spec!r}, preset={preset!r}, ...)",
    )
    return _Asked(classifier, options, shown, judged_by)


@public
@asked_like(_asked)
def run(asked: _Asked) -> Audit:
    """Audit a classifier: resume what `out` holds, compute what is missing, write the report.

    `model` is a specification as on the command line, a live module, or what `audit.load` returned; the
    keywords from `weights` on are those of `audit.load`. `set` changes settings: {"synthesis.views": 256}
    or "synthesis.views=256"; `only` names classes: indices, ids, names or slices. `images` is a folder of
    photographs: one subfolder per class (by name, id or wnid), or flat. `transfer_model` is a second,
    independent network, or a TOML file that says how to load one; it is asked about the finished pictures and
    takes no part in making or choosing them. `counterexamples` maps classes to folders, {"dumbbell":
    "bare"}: photographs in the folder, or in its subfolder `object`, show the object without something that
    the class may rest on, those in its subfolder `part` that part without the object. `max_false_alarm` is
    the share of clean networks, at most, that the checks of changes suspect. `policy` is as for
    `audit.check`, whose answer is then `.answer` of what is returned. `out` is `reports/<model>` unless
    given. Progress goes to `console`; none is shown without one. Raises a UserError with its fix for
    anything that was given wrong, before anything is written.
    """
    from audit.runner.session import audit_classifier

    results = audit_classifier(asked.classifier, asked.options, asked.console)
    answer = None
    if asked.policy is not None:
        from audit.gating.evaluate import gate

        answer = gate(results, asked.policy)
    return Audit(results, asked.options.out, answer)


@public
@asked_like(_asked)
def plan(asked: _Asked) -> "Forecast":
    """What a run with the same arguments would take, and where it would write; writes nothing."""
    from audit.runner.forecast import forecast
    from audit.runner.session import prepare

    return forecast(prepare(asked.classifier, asked.options))


@public
@signed_like(_asked)
def doctor(model: "str | nn.Module | Classifier", **keywords: Any) -> "Diagnosis":
    """What loading proves and guesses, with sources, and what a run with the same arguments would do.

    Writes nothing. What a run would refuse is not raised: it is the `error` of what is returned, beside the
    `rows` that were found until then.
    """
    from audit.diagnosis.examine import examine

    policy = keywords.pop("policy", None)

    def ask() -> "tuple[Classifier, RunOptions, Policy | None]":
        # Read here: what it cannot fulfil is a warning of the diagnosis, and nothing is said before.
        judged_by = None if policy is None else _policy(policy)
        asked = _asked(model, **keywords)
        return asked.classifier, asked.options, judged_by

    found = examine(model, keywords, ask)
    if found.error is not None:
        found.error.in_python()
    return found


@public
def open(folder: str | Path) -> Audit:
    """A finished run; nothing is computed.

    Raises IncompleteError or OutputError where the folder holds no finished run of this version.
    """
    from audit.runner.rebuild import read_results

    return Audit(read_results(Path(folder)), Path(folder))


@public
def check(run: str | Path | Audit, *, policy: "str | Path | Policy" = "release") -> "GateResult":
    """A policy's answer to a finished run, given as a folder or as `audit.run` returned it; writes nothing.

    `policy` is `release`, a TOML file, or what was read from one. Raises ConfigError for a policy that is
    wrong, and what `audit.open` raises.
    """
    from audit.gating.evaluate import gate

    read = _policy(policy)
    return gate(run.results if isinstance(run, Audit) else open(run).results, read)


@public
def load(
    model: "str | nn.Module", *, device: str = "cpu", dtype: str = "float32", **loading: Unpack[Loading]
) -> "Classifier":
    """Load a classifier and prove that it can be audited.

    `model` is `demo`, `demo:clean`, `torchvision:NAME[@WEIGHTS|@none]`, `FILE.py:FACTORY`,
    `package.module:FACTORY`, a trusted `FILE.pt`, or a live module (which is copied). `weights` puts a
    `.safetensors` or `.pth` state dict into it. `classes` is a txt, json, ImageFolder or sequence of names.
    `input_size` to `channels` state the preprocessing and override what the weights or the module declare;
    `resize` is the shorter side before the crop, or height and width; "none" overrides a declared crop:
    photographs are resized straight to the input. `crop_pct` states it as the share that the crop shows.
    `enlarge`: photographs that are too small are enlarged instead of left out.
    Raises ModelError, LabelError, PreprocessingError or ConfigError, each with its fix.
    """
    from audit.classifier import load as load_classifier

    return load_classifier(model, device=device, dtype=cast(Any, dtype), **loading)


@public
def draw(
    model: "str | nn.Module | Classifier",
    unit: str | Sequence[str],
    *,
    views: int = 64,
    restarts: int = 3,
    seed: int = 0,
    images: str | Path | None = None,
    device: str | None = None,
    out: str | Path | None = None,
    command: str | None = None,
    console: "Console | None" = None,
    **loading: Unpack[Loading],
) -> Path:
    """Draw what raises units inside the network, beside photographs that raise them; returns the page.

    `unit` is one or several of `LAYER`, `LAYER:CHANNEL`, `LAYER:0-15`, `LAYER:CHANNEL@Y,X` or
    `LAYER:DIRECTION.npy`. `out` is `reports/<model>-units` unless given. `model` and the keywords from
    `weights` on as for `audit.run`. Raises a UserError before anything is drawn.
    """
    shown, classifier = _look(model, device, loading, console)
    from audit.runner.progress_bar import Bar
    from audit.units.unit_sheet import Drawing
    from audit.units.unit_sheet import draw as draw_units

    units = [unit] if isinstance(unit, str) else list(unit)
    said = command or f"audit.draw({classifier.spec!r}, {units!r}, ...)"
    wanted = Drawing(units, views, restarts, seed, _path(images), _path(out), said)
    return draw_units(classifier, wanted, Bar(shown))


@public
def dream(
    photo: str | Path,
    model: "str | nn.Module | Classifier",
    *,
    layer: str | Sequence[str] = (),
    guide: str | Path | None = None,
    side: int | None = None,
    octaves: int = 12,
    iterations: int = 10,
    strength: float = 1.0,
    zoom: int = 0,
    zoom_by: float = 5.0,
    turn: float = 0.5,
    save: str | Sequence[str] = ("gif",),
    back_and_forth: bool = False,
    seed: int = 0,
    device: str | None = None,
    out: str | Path | None = None,
    command: str | None = None,
    console: "Console | None" = None,
    **loading: Unpack[Loading],
) -> "Dreamt":
    """Enhance what a layer sees in a photograph (a file, or "noise"), and write a page of it.

    `layer` is a unit or several, as `LAYER` or `LAYER:CHANNEL`; a series from low to high unless given. With
    `guide` the features of a second photograph are sought. `side` is the longer one in px. `zoom` frames
    feed the picture back, enlarged by `zoom_by` per cent and turned by `turn` degrees each, and are saved as
    gif, webp, mp4 or frames. All goes into `out`, `reports/dream-<model>-<photo>` unless given.
    `model` and the keywords from `weights` on as for `audit.run`. Raises a UserError for anything that was
    given wrong.
    """
    shown, classifier = _look(model, device, loading, console)
    from audit.dreaming.dream_options import order
    from audit.dreaming.photo_dream import dream_photo
    from audit.runner.progress_bar import Bar

    wanted = order(
        photo, classifier, layer=layer, guide=guide, side=side, octaves=octaves, iterations=iterations,
        strength=strength, zoom=zoom, zoom_by=zoom_by, turn=turn, save=save, back_and_forth=back_and_forth,
        seed=seed, out=out, command=command,
    )  # fmt: skip
    return dream_photo(classifier, wanted, Bar(shown))


@public
def invert(
    photo: str | Path,
    model: "str | nn.Module | Classifier",
    *,
    layer: str | Sequence[str] = (),
    steps: int = 300,
    restarts: int = 1,
    seed: int = 0,
    device: str | None = None,
    out: str | Path | None = None,
    command: str | None = None,
    console: "Console | None" = None,
    **loading: Unpack[Loading],
) -> "Inverted":
    """Show what the network still knows of a photograph at each depth, and write a page of it.

    `layer` is one or several of the network's layers; up to eight, spread over its depth, unless given. All
    goes into `out`, `reports/invert-<model>-<photo>` unless given. `model` and the keywords from `weights` on
    as for `audit.run`. Raises a UserError before anything is written.
    """
    shown, classifier = _look(model, device, loading, console)
    from audit.inversion.photo_inversion import InvertOrder, invert_photo
    from audit.runner.progress_bar import Bar

    said = command or f"audit.invert({str(photo)!r}, {classifier.spec!r}, ...)"
    chosen = [layer] if isinstance(layer, str) else list(layer)
    wanted = InvertOrder(Path(photo), _path(out), said, chosen, steps, restarts, seed)
    return invert_photo(classifier, wanted, Bar(shown))


def _look(
    model: "str | nn.Module | Classifier", device: str | None, loading: Loading, console: "Console | None"
) -> "tuple[Console, Classifier]":
    """Where progress is shown, and the classifier to look into, which is loaded unless it is already."""
    if isinstance(model, str):
        require_given(model, weights=loading.get("weights"), classes=loading.get("classes"))
    shown = _console(console)
    shown.print(_beginning(model), style="dim", markup=False, highlight=False, soft_wrap=True)

    from audit.classifier import load
    from audit.classifier.model import Classifier

    if not isinstance(model, Classifier):
        return shown, load(model, device=device or "cpu", **loading)
    if loading or device:
        raise ConfigError("the classifier is loaded already", fix="give its settings to audit.load")
    return shown, model


def _settings_of(
    classifier: "Classifier",
    preset: str,
    changes: Changes,
    seed: int | None,
    device: str | None,
    dtype: str | None,
    loading: Loading,
) -> Config:
    """Settings for a classifier that is loaded: it stays where it is and as it is."""
    if loading:
        raise ConfigError(
            f"{', '.join(loading)} cannot change a classifier that is loaded already",
            fix="give them to audit.load",
        )
    place, kept = str(classifier.device), str(classifier.dtype).removeprefix("torch.")
    settings = read_config(preset, changes, seed=seed, device=device or place, dtype=dtype or kept)
    if (settings.device, settings.dtype) != (place, kept):
        raise ConfigError(
            f"the classifier was loaded on {place} in {kept}, not on {settings.device} in {settings.dtype}",
            fix="give device and dtype to audit.load",
        )
    return settings


def _beginning(model: object, preset: str | None = None) -> str:
    """The first thing that is said, while torch is imported and the network is loaded."""
    what = model if isinstance(model, str) else type(model).__name__
    return f"loading {what}" + (f", preset {preset}" if preset else "")


def _policy(given: "str | Path | Policy") -> "Policy":
    from audit.gating.policy import Policy, read_policy

    return given if isinstance(given, Policy) else read_policy(given)


def _warn(console: "Console", policy: "Policy", config: Config, *, photographs: bool, part: bool) -> None:
    """Say what the policy asks and these settings cannot give, before anything is computed."""
    from audit.gating.ahead import ahead

    if said := ahead(policy, config, photographs=photographs, part=part):
        console.print(visible(f"audit: {said}"), markup=False, highlight=False, soft_wrap=True)


def _console(console: "Console | None") -> "Console":
    from rich.console import Console

    return console or Console(quiet=True)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
