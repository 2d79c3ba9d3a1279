"""The same verbs from Python: `audit.run(...)` gives the results as pandas frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from audit.classifier import Classifier, load
from audit.classifier.judge import load_judge
from audit.config import Config, read_config
from audit.errors import ConfigError
from audit.results import Results, frames
from audit.runner.forecast import Forecast, forecast
from audit.runner.session import Order, audit_classifier, default_out, prepare

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn

    from audit.verbs.dream import Dreamt


@dataclass(frozen=True)
class Audit:
    """A finished audit."""

    results: Results
    folder: Path

    @property
    def page(self) -> Path:
        """The HTML report."""
        return self.folder / "index.html"

    @cached_property
    def classes(self) -> "pd.DataFrame":
        """One row per audited class."""
        return frames.classes(self.results)

    @cached_property
    def pictures(self) -> "pd.DataFrame":
        """One row per picture."""
        return frames.pictures(self.results)

    @cached_property
    def statistics(self) -> "pd.DataFrame":
        """One row per picture and statistic."""
        return frames.statistics(self.results)

    @cached_property
    def findings(self) -> "pd.DataFrame":
        """One row per finding, strongest first."""
        return frames.findings(self.results)

    @cached_property
    def checks(self) -> "pd.DataFrame":
        """One row per check."""
        return frames.checks(self.results)


def run(
    model: "str | nn.Module | Classifier",
    *,
    config: str = "standard",
    set: Sequence[str] = (),
    only: Sequence[str | int] = (),
    seed: int | None = None,
    device: str | None = None,
    baseline: str | Path | None = None,
    images: str | Path | None = None,
    judge: "str | Path | nn.Module | Classifier | None" = None,
    out: str | Path | None = None,
    fresh: bool = False,
    command: str | None = None,
    console: Console | None = None,
    **loading: Any,
) -> Audit:
    """Audit a classifier: resume what `out` holds, compute what is missing, write the report.

    `model` is a specification as on the command line, a live module, or what `audit.load` returned; `loading`
    are the keywords of `audit.load`. `set` are `KEY=VALUE` texts; `only` indices, ids, names or slices.
    `images` is a folder of photographs: one subfolder per class (by name, id or wnid), or flat.
    `judge` is a second, independent network, or a TOML file that says how to load one; it is asked about the
    finished pictures and takes no part in making or choosing them.
    `out` is `reports/<model>` unless given. Progress goes to `console`; none is shown without one.
    Raises a UserError with its fix for anything that was given wrong, before anything is written.
    """
    classifier, order = _order(
        model, config, set, only, seed, device, baseline, images, judge, out, fresh, command, loading
    )
    results = audit_classifier(classifier, order, console or Console(quiet=True))
    return Audit(results, order.out)


def plan(
    model: "str | nn.Module | Classifier",
    *,
    config: str = "standard",
    set: Sequence[str] = (),
    only: Sequence[str | int] = (),
    seed: int | None = None,
    device: str | None = None,
    baseline: str | Path | None = None,
    images: str | Path | None = None,
    judge: "str | Path | nn.Module | Classifier | None" = None,
    out: str | Path | None = None,
    **loading: Any,
) -> tuple[Path, Forecast]:
    """Where a run would write and what it would take; arguments as for `run`."""
    classifier, order = _order(
        model, config, set, only, seed, device, baseline, images, judge, out, False, None, loading
    )
    return order.out, forecast(prepare(classifier, order))


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
    console: Console | None = None,
    **loading: Any,
) -> "Dreamt":
    """Enhance what a layer sees in a photograph (a file, or "noise"), and write a page of it.

    `layer` is a unit or several, as `LAYER` or `LAYER:CHANNEL`; a series from low to high unless given. With
    `guide` the features of a second photograph are sought. `side` is the longer one in px. `zoom` frames
    feed the picture back, enlarged by `zoom_by` per cent and turned by `turn` degrees each, and are saved as
    gif, webp, mp4 or frames. All goes into `out`, `reports/dream-<model>-<photo>` unless given.
    `model` and `loading` as for `run`. Raises a UserError for anything that was given wrong.
    """
    from audit.verbs.bar import Bar
    from audit.verbs.dream import dream_photo
    from audit.verbs.dream_order import order

    if isinstance(model, Classifier):
        if loading or device:
            raise ConfigError("the classifier is loaded already", fix="give its settings to audit.load")
        classifier = model
    else:
        classifier = load(model, device=device or "cpu", **loading)
    wanted = order(
        photo, classifier, layer=layer, guide=guide, side=side, octaves=octaves, iterations=iterations,
        strength=strength, zoom=zoom, zoom_by=zoom_by, turn=turn, save=save, back_and_forth=back_and_forth,
        seed=seed, out=out, command=command,
    )  # fmt: skip
    return dream_photo(classifier, wanted, Bar(console or Console(quiet=True)))


def _order(
    model: "str | nn.Module | Classifier",
    config: str,
    set: Sequence[str],
    only: Sequence[str | int],
    seed: int | None,
    device: str | None,
    baseline: str | Path | None,
    images: str | Path | None,
    judge: "str | Path | nn.Module | Classifier | None",
    out: str | Path | None,
    fresh: bool,
    command: str | None,
    loading: dict[str, Any],
) -> tuple[Classifier, Order]:
    overrides = [set] if isinstance(set, str) else set
    if isinstance(model, Classifier):
        classifier, settings = model, _settings_of(model, config, overrides, seed, device, loading)
    else:
        settings = read_config(config, overrides, seed=seed, device=device)
        classifier = load(model, device=settings.device, dtype=settings.dtype, **loading)
    second = None
    if judge is not None:
        second = load_judge(judge, device=settings.device, dtype=settings.dtype)
    order = Order(
        config=settings,
        config_name=config,
        only=[str(item) for item in ([only] if isinstance(only, str) else only)],
        baseline=Path(baseline) if baseline is not None else None,
        images=Path(images) if images is not None else None,
        judge=second,
        out=Path(out) if out is not None else default_out(classifier),
        fresh=fresh,
        command=command or f"audit.run({classifier.spec!r}, config={config!r}, ...)",
    )
    return classifier, order


def _settings_of(
    classifier: Classifier,
    config: str,
    overrides: Sequence[str],
    seed: int | None,
    device: str | None,
    loading: dict[str, Any],
) -> Config:
    """Settings for a classifier that is loaded: it stays where it is and as it is."""
    if loading:
        raise ConfigError(
            f"{', '.join(loading)} cannot change a classifier that is loaded already",
            fix="give them to audit.load",
        )
    place, dtype = str(classifier.device), str(classifier.dtype).removeprefix("torch.")
    settings = read_config(config, overrides, seed=seed, device=device or place, dtype=dtype)
    if (settings.device, settings.dtype) != (place, dtype):
        raise ConfigError(
            f"the classifier was loaded on {place} in {dtype}, not on {settings.device} in {settings.dtype}",
            fix="give device and dtype to audit.load",
        )
    return settings
